import { excerpt, invalidSyntax, invalidValue } from '#gateway/scim/error.js';
import { isStorable } from '#gateway/scim/storable-text.js';
import { type Note, unheard } from '#gateway/scim/tolerances.js';

const MAX_DEPTH = 64;
const BYTE_ORDER_MARK = 0xfeff;

/** A key, or a part of one that is read as a path, that means something else to a JavaScript object than to a resource. */
const FORBIDDEN_KEY = /(?:^|[.:])(?:__proto__|constructor|prototype)(?:$|[.[])/;
/** What a text holds that has such a key; it may be written with escapes. */
const SUSPICIOUS = /__proto__|constructor|prototype|\\u/;

/**
 * Reads a body.
 *
 * @throws invalidSyntax for text that is not JSON, more than 64 levels, or a key that would reach a prototype;
 *   invalidValue for NUL characters and lone surrogates (PostgreSQL keeps neither) and for numbers beyond a double.
 */
export function parseJson(text: string, note: Note = unheard): unknown {
  const isMarked = text.charCodeAt(0) === BYTE_ORDER_MARK;
  if (isMarked) note('BYTE_ORDER_MARK', 'body');
  const value = parse(isMarked ? text.slice(1) : text);
  // A NUL or half a surrogate pair gets into a value as an escape, or was in the text itself: without either, no string
  // needs to be looked at.
  inspect(value, { strings: text.includes('\\u') || !text.isWellFormed(), keys: SUSPICIOUS.test(text) });
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's message quotes the body, and so perhaps a password.
    throw invalidSyntax('The body is not valid JSON.');
  }
}

/** Walks with a list of its own, level by level: the caller chooses the depth, and must not choose our stack. */
function inspect(root: unknown, { strings, keys }: { strings: boolean; keys: boolean }): void {
  let below: Record<string, unknown>[] = [];
  const look = (value: unknown): void => {
    if (typeof value === 'object') {
      if (value !== null) below.push(value as Record<string, unknown>); // an array, too, has its elements by key
    } else if (typeof value === 'string') {
      if (strings) requireStorable(value);
    } else if (typeof value === 'number' && !Number.isFinite(value)) {
      throw invalidValue('The body holds a number that is too large.');
    }
  };

  look(root);
  for (let depth = 1; below.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw invalidSyntax(`The body is nested more than ${MAX_DEPTH} levels deep.`);
    const level = below;
    below = [];
    for (const container of level) {
      if (Array.isArray(container)) {
        for (const element of container) look(element);
        continue;
      }
      for (const key of Object.keys(container)) {
        if (keys && FORBIDDEN_KEY.test(key)) {
          throw invalidSyntax(`The body uses the key ${excerpt(key)}, which is not allowed.`);
        }
        if (strings) requireStorable(key);
        look(container[key]);
      }
    }
  }
}

function requireStorable(text: string): void {
  if (!isStorable(text)) throw invalidValue('The body holds a NUL character or half of a surrogate pair.');
}
