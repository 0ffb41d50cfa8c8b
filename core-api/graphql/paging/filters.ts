import { Float, InputType } from 'type-graphql';
import type {
  BooleanFilter as BooleanTerms,
  DateTimeFilter as DateTimeTerms,
  NumberFilter as NumberTerms,
  StringFilter as StringTerms,
} from '#core-api/domain/paging.js';
import { Optional } from '../fields.js';
import { DateTime } from '../scalars.js';

const SEVERAL = 'Operators that are given together must all hold.';
const IS_SET = 'True: the field has a value. False: it has none.';

@InputType('StringFilter', {
  description: `Compares a text: ids, external ids, keys and the texts of the change log exactly, others ignoring case, but for attributes that their schema declares as case-exact. ${SEVERAL}`,
})
export class StringFilter implements StringTerms {
  @Optional(() => String, 'Equals this text.')
  eq?: string | null;
  @Optional(() => String, 'Differs from this text; also holds where there is no value.')
  ne?: string | null;
  @Optional(() => [String], 'Equals one of these texts.')
  in?: string[] | null;
  @Optional(() => String, 'Contains this text; `%`, `_` and `\\` are letters like any other.')
  contains?: string | null;
  @Optional(() => String, 'Starts with this text.')
  startsWith?: string | null;
  @Optional(() => String, 'Ends with this text.')
  endsWith?: string | null;
  @Optional(() => String, 'Sorts after this text.')
  gt?: string | null;
  @Optional(() => String, 'Sorts after this text or equals it.')
  ge?: string | null;
  @Optional(() => String, 'Sorts before this text.')
  lt?: string | null;
  @Optional(() => String, 'Sorts before this text or equals it.')
  le?: string | null;
  @Optional(() => Boolean, IS_SET)
  isSet?: boolean | null;
}

@InputType('BooleanFilter', { description: `Compares a yes or no. ${SEVERAL}` })
export class BooleanFilter implements BooleanTerms {
  @Optional(() => Boolean, 'Equals this value.')
  eq?: boolean | null;
  @Optional(() => Boolean, 'Differs from this value; also holds where there is no value.')
  ne?: boolean | null;
  @Optional(() => Boolean, IS_SET)
  isSet?: boolean | null;
}

@InputType('NumberFilter', { description: `Compares a number. ${SEVERAL}` })
export class NumberFilter implements NumberTerms {
  @Optional(() => Float, 'Equals this number.')
  eq?: number | null;
  @Optional(() => Float, 'Differs from this number; also holds where there is no value.')
  ne?: number | null;
  @Optional(() => Float, 'Is greater than this number.')
  gt?: number | null;
  @Optional(() => Float, 'Is at least this number.')
  ge?: number | null;
  @Optional(() => Float, 'Is less than this number.')
  lt?: number | null;
  @Optional(() => Float, 'Is at most this number.')
  le?: number | null;
  @Optional(() => Boolean, IS_SET)
  isSet?: boolean | null;
}

@InputType('DateTimeFilter', { description: `Compares a point in time, to the millisecond. ${SEVERAL}` })
export class DateTimeFilter implements DateTimeTerms {
  @Optional(() => DateTime, 'Is exactly this moment.')
  eq?: string | null;
  @Optional(() => DateTime, 'Is another moment; also holds where there is no value.')
  ne?: string | null;
  @Optional(() => DateTime, 'Is later than this moment.')
  gt?: string | null;
  @Optional(() => DateTime, 'Is this moment or later.')
  ge?: string | null;
  @Optional(() => DateTime, 'Is earlier than this moment.')
  lt?: string | null;
  @Optional(() => DateTime, 'Is this moment or earlier.')
  le?: string | null;
  @Optional(() => Boolean, IS_SET)
  isSet?: boolean | null;
}

/** Descriptions that every filter tree shares. */
export const LOGIC = {
  and: 'All of these must hold; an empty list holds always.',
  or: 'At least one of these must hold; an empty list holds never.',
  not: 'This must not hold.',
  tree: 'Fields that are given together must all hold; `{}` holds always.',
} as const;
