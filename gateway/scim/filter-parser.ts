import { type AttrPath, isAttributeName, splitAttrPath } from '#gateway/scim/attr-path.js';
import type { SyntaxFailure } from '#gateway/scim/error.js';
import type { CompareOp, FilterNode } from '#gateway/scim/filter.js';
import { describe, Lexer, type Token } from '#gateway/scim/filter-lexer.js';
import type { Note } from '#gateway/scim/tolerances.js';

const MAX_TERMS = 200;
const MAX_DEPTH = 40;

const COMPARE_OPS: ReadonlySet<string> = new Set<CompareOp>(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le']);
const LITERALS = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** Quotes that are not JSON's: as part of a bare word they would look for a value that nobody has. */
const FOREIGN_QUOTE = /^['‘’“”«»`]/;

/** Reads the pieces that filters and PATCH paths are made of, from left to right. Depth is bounded, so is the stack. */
export class FilterParser {
  readonly #lexer: Lexer;
  readonly #fail: SyntaxFailure;
  #terms = 0;
  #depth = 0;
  #inValueFilter = false;

  /**
   * @param fail makes the error for whatever cannot be read.
   * @param note hears of what is not the RFC's grammar.
   */
  constructor(
    text: string,
    fail: SyntaxFailure,
    private readonly note: Note,
  ) {
    this.#fail = fail;
    this.#lexer = new Lexer(text, fail);
  }

  /** `and` binds before `or`. */
  filter(): FilterNode {
    return this.#chain('or', () => this.#chain('and', () => this.#term()));
  }

  /** @param urns see `splitAttrPath`. */
  attrPath(urns?: readonly string[]): AttrPath {
    const token = this.#lexer.take();
    const path = token.kind === 'word' ? splitAttrPath(token.text, token.at, urns) : null;
    if (!path) throw this.#unexpected('the name of an attribute', token);
    return path;
  }

  /** The filter between brackets, if brackets come next. */
  valueFilter(): FilterNode | null {
    if (this.#lexer.token.kind !== '[') return null;
    const bracket = this.#lexer.take();
    if (this.#inValueFilter) throw this.#fail('a value filter cannot stand inside another', bracket.at);
    this.#inValueFilter = true;
    const inner = this.#nested(bracket, ']');
    this.#inValueFilter = false;
    return inner;
  }

  /** The `.value` behind a value filter, if there is one. */
  subAttribute(): AttrPath | null {
    const { token } = this.#lexer;
    if (token.kind !== 'word' || !token.text.startsWith('.')) return null;
    const name = token.text.slice(1);
    if (!isAttributeName(name)) throw this.#unexpected('the name of a sub-attribute', token);
    this.#lexer.take();
    return { urn: null, name, sub: null, at: token.at + 1 };
  }

  end(): void {
    const { token } = this.#lexer;
    if (token.kind !== 'end') throw this.#unexpected('the end', token);
  }

  #chain(kind: 'and' | 'or', operand: () => FilterNode): FilterNode {
    const operands = [operand()];
    while (this.#nextIs(kind)) {
      this.#lexer.take();
      operands.push(operand());
    }
    return join(kind, operands);
  }

  #term(): FilterNode {
    const group = this.#group();
    if (group) return group;

    const isNot = this.#nextIs('not');
    const path = this.attrPath();
    const operand = isNot ? this.#group() : null;
    if (operand) return { kind: 'not', operand };

    const inner = this.valueFilter();
    if (!inner) return this.#attributeTerm(path);

    const sub = this.subAttribute();
    if (sub) this.note('SUB_ATTRIBUTE_AFTER_FILTER', sub.name);
    return { kind: 'valuePath', path, inner: sub ? join('and', [inner, this.#attributeTerm(sub)]) : inner };
  }

  /** The filter between parentheses, if parentheses come next. */
  #group(): FilterNode | null {
    return this.#lexer.token.kind === '(' ? this.#nested(this.#lexer.take(), ')') : null;
  }

  /** What follows the name of an attribute: `pr`, or an operator and a value. */
  #attributeTerm(path: AttrPath): FilterNode {
    if (++this.#terms > MAX_TERMS) throw this.#fail(`it has more than ${MAX_TERMS} terms`, path.at);

    const token = this.#lexer.take();
    const op = token.kind === 'word' ? token.text.toLowerCase() : '';
    if (op === 'pr') return { kind: 'present', path };
    if (!isCompareOp(op)) throw this.#unexpected('an operator (eq, ne, co, sw, ew, gt, ge, lt, le, pr)', token);

    const operand = this.#lexer.take();
    return { kind: 'compare', path, op, value: this.#value(operand), valueAt: operand.at };
  }

  #value(token: Token): string | number | boolean | null {
    if (token.kind === 'string') return token.value;
    if (token.kind !== 'word') throw this.#unexpected('a value', token);

    const { text, at } = token;
    if (FOREIGN_QUOTE.test(text)) throw this.#fail('a string stands in straight double quotes', at);
    const literal = LITERALS.get(text.toLowerCase());
    if (literal !== undefined) {
      if (text !== text.toLowerCase()) this.note('LITERAL_IN_CAPITALS', 'filter', text);
      return literal;
    }
    if (NUMBER.test(text)) return this.#number(text, at);
    this.note('UNQUOTED_VALUE', 'filter', text);
    return text;
  }

  /** Unquoted ids can be digits only; one that a double cannot hold stays text, so that none of them is lost. */
  #number(text: string, at: number): number | string {
    const value = Number(text);
    if (!Number.isFinite(value)) throw this.#fail('the number is too large', at);
    if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value;
    this.note('UNQUOTED_VALUE', 'filter', text);
    return text;
  }

  #nested(open: Token, close: ')' | ']'): FilterNode {
    if (++this.#depth > MAX_DEPTH) throw this.#fail(`it is nested more than ${MAX_DEPTH} levels deep`, open.at);
    const inner = this.filter();
    const token = this.#lexer.take();
    if (token.kind !== close) throw this.#unexpected(`"and", "or" or "${close}"`, token);
    this.#depth--;
    return inner;
  }

  #nextIs(keyword: 'and' | 'or' | 'not'): boolean {
    const { token } = this.#lexer;
    return token.kind === 'word' && token.text.toLowerCase() === keyword;
  }

  #unexpected(expected: string, token: Token) {
    return this.#fail(`expected ${expected}, found ${describe(token)}`, token.at);
  }
}

/** `a and (b and c)` is `a and b and c`. */
function join(kind: 'and' | 'or', operands: FilterNode[]): FilterNode {
  const flat = operands.flatMap((operand) => (operand.kind === kind ? operand.operands : [operand]));
  return flat.length === 1 ? flat[0]! : { kind, operands: flat };
}

function isCompareOp(text: string): text is CompareOp {
  return COMPARE_OPS.has(text);
}
