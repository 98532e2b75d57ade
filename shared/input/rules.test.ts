import { ArrayMaxSize, IsArray } from 'class-validator';
import { parseInput } from './parse-input';
import { Email, IfGiven, LegibleName, Name, Optional, Text, WholeCharacters } from './rules';

class Rules {
  @IfGiven()
  @Email()
  email?: string;

  @IfGiven()
  @IsArray()
  @ArrayMaxSize(2)
  list?: string[];

  @Optional()
  @Name(20)
  name?: string;

  @Optional()
  @Text(20)
  text?: string;

  @Optional()
  @WholeCharacters({ each: true })
  @LegibleName({ each: true })
  names?: string[];
}

test.each([
  'Fynbos Ridge',
  'مؤسسة الفجر',
  'Café Ångström',
  'नमस्ते',
  '👩‍👩‍👧 Golf',
  'نمی‌خواهم',
  "O'Brien‑Smith",
])('%s is a name', (name) => {
  expect(parseInput(Rules, { name, names: [name] })).toEqual({ name, names: [name] });
});

test.each([
  ['only zero-width characters', '\u200b\u200d\ufeff\u2060'],
  ['only fillers', '\u3164\u2800\u00ad'],
  ['an override', 'Ridge\u202egpj'],
  ['an embedding', '\u202aRidge\u202c'],
  ['an isolate', '\u2067Ridge\u2069'],
])('a name of %s is none', (_what, name) => {
  expect(() => parseInput(Rules, { name })).toThrow(/^input\.name: must have a visible character/);
  expect(() => parseInput(Rules, { names: ['One', name] })).toThrow(/^input\.names: each must have/);
});

test.each([
  ['', 'must be an e-mail address of at most 254 characters'],
  [`${'a'.repeat(60)}@${'b.'.repeat(98)}com`, 'must be an e-mail address of at most 254 characters'],
  [null, 'must not be null'],
])('of the e-mail address %j one thing is said', (email, message) => {
  expect(() => parseInput(Rules, { email })).toThrow(new RegExp(`^input\\.email: ${message}$`));
});

test.each([[null], [[]]])('of a list that may be left out, but not emptied, %j', (list) => {
  const read = () => parseInput(Rules, { list });
  if (list) expect(read()).toEqual({ list });
  else expect(read).toThrow(/^input\.list: must not be null$/);
});

test('a blank one is named for its length alone, and a text may have what a name may not', () => {
  expect(() => parseInput(Rules, { name: '  ' })).toThrow(/^input\.name: must have 1 to 20 characters$/);
  const text = 'Ridge\u202egpj';
  expect(parseInput(Rules, { text })).toEqual({ text });
  expect(() => parseInput(Rules, { text: 'a\u0000' })).toThrow('must not contain control characters');
});

test.each(['Ridge\ud83d', '\udc69 Golf'])('half a surrogate pair is no text: %j', (half) => {
  for (const key of ['name', 'text']) {
    expect(() => parseInput(Rules, { [key]: half })).toThrow(
      `input.${key}: must not contain half a surrogate pair`,
    );
  }
  expect(() => parseInput(Rules, { names: ['One', half] })).toThrow(
    'input.names: each must not contain half a surrogate pair',
  );
});
