import { InputType } from 'type-graphql';
import { Defaulted, enumType, Optional, Required } from '../fields.js';

export const OrderDirection = enumType('OrderDirection', 'Which end of an order comes first.', {
  ASC: 'Smallest, earliest or alphabetically first; rows without a value come last.',
  DESC: 'Greatest, latest or alphabetically last; rows without a value come first.',
});

export const TIES = 'Rows that are equal in it follow in the order of their ids.';
export const DIRECTION = 'Which end comes first.';

/** Makes the input `…Order` of a list, from the enum of what it can be ordered by. */
export function orderInput<Field extends string>(name: string, fields: { readonly [F in Field]: F }) {
  @InputType(name, { description: `How a list is ordered. ${TIES}` })
  class Order {
    @Required(() => fields, 'What to order by.')
    field!: Field;
    @Defaulted(() => OrderDirection, 'ASC', DIRECTION)
    direction?: 'ASC' | 'DESC' | null;
  }
  return Order;
}

/** `orderInput`, which also takes any attribute by its path; `paths` says which there are. */
export function pathOrderInput<Field extends string>(
  name: string,
  fields: { readonly [F in Field]: F },
  paths: string,
) {
  @InputType(name, {
    description: `How a list is ordered: give \`field\` or \`path\`. Texts are ordered by their first 256 characters. ${TIES}`,
  })
  class Order {
    @Optional(() => fields, 'What to order by.')
    field?: Field | null;
    @Optional(() => String, `Any attribute, in any case: ${paths}`)
    path?: string | null;
    @Defaulted(() => OrderDirection, 'ASC', DIRECTION)
    direction?: 'ASC' | 'DESC' | null;
  }
  return Order;
}
