/** The names of a set: of two rows that want one, the second has to see what became of the first. */
export class ClaimedNames {
  readonly #claimed = new Set<string>();

  /** False when one of them was claimed before. */
  claim(names: readonly string[]): boolean {
    const isFree = names.every((name) => !this.#claimed.has(name));
    for (const name of names) this.#claimed.add(name);
    return isFree;
  }
}
