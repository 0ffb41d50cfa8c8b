/*
 * How a person's names stand in what others wrote, in lower case; always with what is around them, because a name can be a word of every day, or a part of
 * somebody else's.
 */

/** In JSON. */
export function textsNaming(names: readonly string[]): string[] {
  return distinct(names.map((name) => JSON.stringify(name)));
}

/** In requests and their answers: as the value of a member, in a sentence, in a filter as it was typed or encoded; addresses also in a list and in a path. */
export function textsInRequests(names: readonly string[]): string[] {
  return distinct(
    names.flatMap((name) => {
      const json = JSON.stringify(name);
      const encoded = encodeURIComponent(name.toWellFormed());
      const always = [`:${json}`, `: ${json}`, ` ${json}`, `\\"${json.slice(1, -1)}\\"`].concat(
        ['%20', '+'].map((space) => `${space}${json}`),
        [`"${encoded}"`, `%22${encoded}%22`, `%22${name}%22`],
      );
      return name.includes('@') ? [...always, json, `/${name}`, `/${encoded}`] : always;
    }),
  );
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts.map((text) => text.toLowerCase()))];
}
