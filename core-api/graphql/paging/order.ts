import { InputType } from 'type-graphql';
import { Defaulted, enumType, Required } from '../fields.js';

export const OrderDirection = enumType('OrderDirection', 'Which end of an order comes first.', {
  ASC: 'Smallest, earliest or alphabetically first; rows without a value come last.',
  DESC: 'Greatest, latest or alphabetically last; rows without a value come first.',
});

/** Makes the input `…Order` of a list, from the enum of what it can be ordered by. */
export function orderInput<Field extends string>(name: string, fields: { readonly [F in Field]: F }) {
  @InputType(name, {
    description: 'How a list is ordered. Rows that are equal in it follow in the order of their ids.',
  })
  class Order {
    @Required(() => fields, 'What to order by.')
    field!: Field;
    @Defaulted(() => OrderDirection, 'ASC', 'Which end comes first.')
    direction?: 'ASC' | 'DESC' | null;
  }
  return Order;
}
