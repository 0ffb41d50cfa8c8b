import { DomainError, invalidValue, taken } from '../errors.js';

/** What an object has that no other may have; null: nothing that counts here. */
interface Claimed {
  /** The folded name. */
  key: string | null;
  externalId: string | null;
}

/** Whose a name and an externalId are, among those that are stored and those that the file has brought so far. */
export class Claims {
  readonly #holders = new Map<string, string>();
  readonly #rows = new Map<string, number>();

  constructor(
    private readonly nameField: string,
    stored: readonly (Claimed & { id: string })[],
  ) {
    for (const { id, ...claimed } of stored) for (const [claim] of this.#claims(claimed)) this.#holders.set(claim, id);
  }

  /**
   * @param id of what is stored already
   * @throws UNIQUENESS (the name, externalId) | INVALID_VALUE (a second row about the same object)
   */
  take(index: number, claimed: Claimed, id: string | null): void {
    const own = id === null ? undefined : this.#rows.get(`id ${id}`);
    if (own !== undefined) throw invalidValue('id', `Row ${own + 1} of the file is about the same one.`);
    const claims = this.#claims(claimed);
    for (const [claim, field] of claims) {
      const row = this.#rows.get(claim);
      if (row !== undefined)
        throw new DomainError('UNIQUENESS', `Row ${row + 1} of the file has the same ${field}.`, { field });
      const holder = this.#holders.get(claim);
      if (holder !== undefined && holder !== id) throw taken(field);
    }
    for (const [claim] of claims) this.#rows.set(claim, index);
    if (id !== null) this.#rows.set(`id ${id}`, index);
  }

  #claims({ key, externalId }: Claimed): [claim: string, field: string][] {
    const claims: [string, string][] = [];
    if (key !== null) claims.push([`name ${key}`, this.nameField]);
    if (externalId !== null) claims.push([`externalId ${externalId}`, 'externalId']);
    return claims;
  }
}
