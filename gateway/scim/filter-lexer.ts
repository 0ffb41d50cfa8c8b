import { excerpt, type SyntaxFailure } from '#gateway/scim/error.js';
import { isStorable } from '#gateway/scim/storable-text.js';

/** `at` is 1-based. A word is anything that is neither quoted nor a bracket: a path, an operator, a bare value. */
export type Token = { at: number } & (
  | { kind: 'word'; text: string }
  | { kind: 'string'; value: string }
  | { kind: '(' | ')' | '[' | ']' | 'end' }
);

const BLANK = /[ \t\r\n]*/y;
const WORD = /[^ \t\r\n()[\]"]+/y;
const AFTER_STRING = ' \t\r\n)]';

/** Cuts the text of a filter or a PATCH path into tokens, one ahead; each character is looked at once. */
export class Lexer {
  /** The token that is next. */
  token: Token;
  #end = 0;

  constructor(
    private readonly text: string,
    private readonly fail: SyntaxFailure,
  ) {
    this.token = this.#read();
  }

  /** Returns the token and moves on to the one behind it. */
  take(): Token {
    const token = this.token;
    this.token = this.#read();
    return token;
  }

  #read(): Token {
    const start = this.#end + this.#match(BLANK, this.#end).length;
    const at = start + 1;
    const character = this.text[start];
    switch (character) {
      case undefined:
        this.#end = start;
        return { kind: 'end', at };
      case '(':
      case ')':
      case '[':
      case ']':
        this.#end = start + 1;
        return { kind: character, at };
      case '"':
        return { kind: 'string', value: this.#string(start), at };
      default:
        return { kind: 'word', text: this.#word(start), at };
    }
  }

  #word(start: number): string {
    const text = this.#match(WORD, start);
    if (!isStorable(text))
      throw this.fail('a NUL character or half of a surrogate pair cannot be part of it', start + 1);
    this.#end = start + text.length;
    return text;
  }

  /** A string with the escapes of JSON, from its opening quote. */
  #string(start: number): string {
    const { text } = this;
    let close = start + 1;
    while (close < text.length && text[close] !== '"') close += text[close] === '\\' ? 2 : 1;
    if (close >= text.length) throw this.fail('the string that begins here has no closing quote', start + 1);

    this.#end = close + 1;
    const next = text[this.#end];
    if (next !== undefined && !AFTER_STRING.includes(next)) {
      throw this.fail(`expected a space after the closing quote, not ${excerpt(next)}`, this.#end + 1);
    }
    const value = this.#unescape(start);
    if (!isStorable(value)) throw this.fail('the string holds a NUL character or half of a surrogate pair', start + 1);
    return value;
  }

  #unescape(start: number): string {
    try {
      return JSON.parse(this.text.slice(start, this.#end));
    } catch {
      throw this.fail('the string holds a control character or an escape that JSON does not know', start + 1);
    }
  }

  #match(pattern: RegExp, from: number): string {
    pattern.lastIndex = from;
    return pattern.exec(this.text)?.[0] ?? '';
  }
}

/** A token as an error message may name it. */
export function describe(token: Token): string {
  switch (token.kind) {
    case 'word':
      return excerpt(token.text);
    case 'string':
      return `the string ${excerpt(token.value)}`;
    case 'end':
      return 'the end';
    default:
      return `"${token.kind}"`;
  }
}
