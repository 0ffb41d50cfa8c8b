import { ArgsType, ID, InputType, Int } from 'type-graphql';
import { enumType, Optional, Required } from '../fields.js';
import { EXPECTED_VERSION } from '../mutation/words.js';
import { LOGIC, StringFilter } from '../paging/filters.js';
import { orderInput } from '../paging/order.js';
import { PageArgs } from '../paging/page-args.js';
import { Json } from '../scalars.js';
import { DirectoryStatus, IdpKind } from './directory-type.js';
import { RequestLogSuccesses } from './request-log-successes.js';

@InputType('DirectoryFilter', { description: `Which directories are listed. ${LOGIC.tree}` })
class DirectoryFilter {
  @Optional(() => [DirectoryFilter], LOGIC.and)
  and?: DirectoryFilter[] | null;
  @Optional(() => [DirectoryFilter], LOGIC.or)
  or?: DirectoryFilter[] | null;
  @Optional(() => DirectoryFilter, LOGIC.not)
  not?: DirectoryFilter | null;
  @Optional(() => StringFilter, "The directory's id.")
  id?: StringFilter | null;
  @Optional(() => StringFilter, 'The name that is shown.')
  name?: StringFilter | null;
  @Optional(() => StringFilter, 'Whose identity provider it is, by its name in the enum `IdpKind`.')
  idpKind?: StringFilter | null;
  @Optional(() => StringFilter, 'Whether it is at work, by its name in the enum `DirectoryStatus`.')
  status?: StringFilter | null;
}

const DirectoryOrderField = enumType('DirectoryOrderField', 'What directories can be ordered by.', {
  ID: 'The id, which is the order in which directories were created.',
  NAME: 'The name that is shown.',
});
const DirectoryOrder = orderInput('DirectoryOrder', DirectoryOrderField);

@ArgsType()
export class DirectoryListArgs extends PageArgs {
  @Optional(() => DirectoryFilter, 'Which directories are listed; left out, all of them.')
  filter?: DirectoryFilter | null;
  @Optional(() => DirectoryOrder, 'How the list is ordered; left out, by id.')
  orderBy?: InstanceType<typeof DirectoryOrder> | null;
}

@InputType('CreateDirectoryInput', { description: 'A new directory.' })
export class CreateDirectoryInput {
  @Required(() => String, 'The name that is shown to people. Unique in the company.')
  name!: string;
  @Required(() => IdpKind, 'Whose identity provider it is.')
  idpKind!: keyof typeof IdpKind;
  @Optional(
    () => String,
    'The preset that its profile is made from: `rollcall` (when left out), `testomat`, `betatesting`, `testmail` or `testplanit`.',
  )
  preset?: string | null;
  @Optional(() => Json, 'Members of the profile that differ from the preset, as an object.')
  profile?: unknown;
  @Optional(() => [ID], 'The sign-in connections that it belongs with.')
  ssoConnectionIds?: string[] | null;
}

@InputType('DirectoryBreakerInput', {
  description: 'From when on deactivations and removals are held. What is left out stays, null is the default.',
})
class DirectoryBreakerInput {
  @Optional(() => Int, 'The share of all, in percent, from 1 to 100.')
  percent?: number | null;
  @Optional(() => Int, 'Below this number the share alone holds nothing; at least 1.')
  least?: number | null;
  @Optional(() => Int, 'This number is held whatever its share; not below `least`.')
  most?: number | null;
}

@InputType('DirectorySettingsInput', {
  description: 'How a directory is watched. What is left out stays, null is the default.',
})
class DirectorySettingsInput {
  @Optional(() => RequestLogSuccesses, 'Which requests that went well the request log keeps.')
  loggedSuccesses?: keyof typeof RequestLogSuccesses | null;
  @Optional(() => DirectoryBreakerInput, 'From when on deactivations and removals are held.')
  breaker?: DirectoryBreakerInput | null;
}

@InputType('PreviewDirectoryProfileInput', {
  description: 'Changes to the profile of a directory, to be looked at first.',
})
export class PreviewDirectoryProfileInput {
  @Required(() => ID, "The directory's id.")
  id!: string;
  @Required(() => Json, 'Members of the profile that would change, as an object; those that are left out stay.')
  profile!: unknown;
}

@InputType('UpdateDirectoryInput', { description: 'Changes to a directory: a field that is left out stays.' })
export class UpdateDirectoryInput {
  @Required(() => ID, "The directory's id.")
  id!: string;
  @Optional(() => String, 'The name that is shown to people. Unique in the company.')
  name?: string | null;
  @Optional(() => IdpKind, 'Whose identity provider it is.')
  idpKind?: keyof typeof IdpKind | null;
  @Optional(() => DirectoryStatus, 'Whether it is at work.')
  status?: keyof typeof DirectoryStatus | null;
  @Optional(() => Json, 'Members of the profile that are to change, as an object; those that are left out stay.')
  profile?: unknown;
  @Optional(() => DirectorySettingsInput, 'How it is watched.')
  settings?: DirectorySettingsInput | null;
  @Optional(() => [ID], 'The sign-in connections that it belongs with; replaces all that were there.')
  ssoConnectionIds?: string[] | null;
  @Optional(
    () => String,
    'The `hash` of `previewDirectoryProfile` for the same profile; PREVIEW_CHANGED without it when somebody loses a role.',
  )
  previewHash?: string | null;
  @Optional(() => Int, EXPECTED_VERSION)
  expectedVersion?: number | null;
}
