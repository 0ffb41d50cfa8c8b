import { InputType } from 'type-graphql';
import { Defaulted, Optional, Required } from '../fields.js';
import { Json } from '../scalars.js';
import { IfNone } from './if-none.js';
import { CustomElementFilter } from './user-filters.js';

const URN = "The extension schema's URN, as the directory's profile declares it.";

@InputType('SetExtensionInput', {
  description: 'Sets members of one custom extension; those that are left out stay, null clears one.',
})
export class SetExtensionInput {
  @Required(() => String, URN)
  urn!: string;
  @Required(() => Json, 'An object of attribute names and values.')
  values!: unknown;
  @Defaulted(
    () => Boolean,
    false,
    'Whether values of multi-valued members are united with those that are there instead of replacing them.',
  )
  add?: boolean | null;
  @Defaulted(
    () => Boolean,
    false,
    "Whether these values are taken out of multi-valued members instead; texts ignore case unless the directory's profile says otherwise. Not together with `add`.",
  )
  remove?: boolean | null;
}

@InputType('UnsetExtensionInput', { description: 'Removes members of one custom extension, or all of it.' })
export class UnsetExtensionInput {
  @Required(() => String, URN)
  urn!: string;
  @Optional(() => [String], 'The attributes to remove; left out, the whole extension.')
  names?: string[] | null;
}

@InputType('UpdateExtensionValuesInput', {
  description: 'Changes every value of an attribute of a custom extension that a condition matches.',
})
export class UpdateExtensionValuesInput {
  @Required(() => String, URN)
  urn!: string;
  @Required(() => String, 'The attribute whose values are changed, in any case.')
  attribute!: string;
  @Required(() => CustomElementFilter, 'Which values to change.')
  where!: CustomElementFilter;
  @Required(
    () => Json,
    'An object merges into each match: null clears a part, what is left out stays. Anything else takes the place of the match.',
  )
  set!: unknown;
  @Defaulted(() => IfNone, 'FAIL', 'What happens when nothing matches.')
  ifNone?: 'FAIL' | 'CREATE' | null;
}

@InputType('RemoveExtensionValuesInput', { description: 'Removes values of an attribute of a custom extension.' })
export class RemoveExtensionValuesInput {
  @Required(() => String, URN)
  urn!: string;
  @Required(() => String, 'The attribute to remove from, in any case.')
  attribute!: string;
  @Required(() => CustomElementFilter, 'Which values to remove.')
  where!: CustomElementFilter;
}
