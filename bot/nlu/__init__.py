"""Understanding: from what a customer wrote to an intent with a confidence and to normalised values.

The way of a message, in the order of config.yml:

- `normalise.Normalise`   one way to write everything; the text itself is replaced until `Restore`
- Rasa's `JiebaTokenizer` words, with the dictionary of data/nlu/dictionary
- `entities.Entities`     values by rules: numbers, months, amounts, data, names
- `classify.Classify`     the intent, by character n-grams and a linear model
- `commands.Commands`     SMS codes and the hall's own commands; these are certain and overrule the model
- `normalise.Restore`     the text as written, and entities placed in it

What comes out beside Rasa's own keys: `normalised` (str) and, only where there is one, `command` ("back" or
"repeat") and `sms_code` (the code that was meant): `parse_data.get("command")`.

What `normalise` and `entities` are made of: `pinyin`, `homophones` (with `ordinary` and `sentences`, which tell what
is a slip and what is not), `months`, `amounts`, `values` (numbers of lines, data), `named`, `numerals`.
"""
