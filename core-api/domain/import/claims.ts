import { DomainError, invalidValue, taken } from '../errors.js';
import { type Origins, placeOf } from './import-row.js';

/** What an object has that no other may have; null: nothing that counts here. */
interface Claimed {
  /** The folded name. */
  key: string | null;
  externalId: string | null;
}

/** Whose a name and an externalId are, among those that are stored and those that the file has brought so far. */
export class Claims {
  readonly #holders = new Map<string, string>();
  /** Where each claim stands in the file. */
  readonly #rows = new Map<string, string>();

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
  take(origin: Origins, claimed: Claimed, id: string | null): void {
    const own = id === null ? undefined : this.#rows.get(`id ${id}`);
    if (own !== undefined) throw invalidValue('id', `The file is about the same one already in ${own}.`);
    const claims = this.#claims(claimed);
    for (const [claim, field] of claims) {
      const row = this.#rows.get(claim);
      if (row !== undefined)
        throw new DomainError('UNIQUENESS', `The file has the same ${field} already in ${row}.`, { field });
      const holder = this.#holders.get(claim);
      if (holder !== undefined && holder !== id) throw taken(field);
    }
    const place = placeOf(origin);
    for (const [claim] of claims) this.#rows.set(claim, place);
    if (id !== null) this.#rows.set(`id ${id}`, place);
  }

  #claims({ key, externalId }: Claimed): [claim: string, field: string][] {
    const claims: [string, string][] = [];
    if (key !== null) claims.push([`name ${key}`, this.nameField]);
    if (externalId !== null) claims.push([`externalId ${externalId}`, 'externalId']);
    return claims;
  }
}
