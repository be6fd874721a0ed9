"""Understanding: from what a customer wrote to an intent with a confidence and to normalised values.

The pipeline, in the order of config.yml:

- `normalise.Normalise`   replaces the text by its normalised form, until `Restore`
- `entities.Entities`     extracts values by rules: phone numbers, months, amounts, data volumes, names
- `classify.Classify`     predicts the intent with a linear model over character n-grams; unsure, it asks the
                           `encoder` (data/encoder) too, whose opinion `mixture` mixes in
- `commands.Commands`     recognises SMS codes and the hall's own commands, which overrule the model
- `normalise.Restore`     puts the written text back and places the entities in it

Output beside Rasa's own keys: `normalised` (str) and, where they apply, `command` ("back" or "repeat") and `sms_code`
(the code that was meant).

`normalise` uses `pinyin` and `homophones`; `homophones` uses `common_words` and `sentences` to tell a slip from a
common word. `entities` uses `amounts`, `gazetteer` (names), `months`, `numerals` and `values` (phone numbers, data).
"""
