import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { ImportRow } from '#core-api/domain/import/import-row.js';
import { Defaulted, enumType, Optional, Required } from '../fields.js';
import { Json } from '../scalars.js';
import { UserFieldsInput } from '../user/user-inputs.js';

const FILE_ID = 'as the file has it; one that nobody in this company has is passed over, and the name decides.';

@InputType('ImportUserInput', {
  description:
    'One user of an import: the one with this `id`, else the one with this `userName`, else a new one. Fields that are left out stay, null clears.',
})
export class ImportUserInput extends UserFieldsInput {
  @Optional(() => String, `The user's id, ${FILE_ID}`)
  id?: string | null;
}

@InputType('ImportTeamInput', {
  description: 'One team of an import: the one with this `id`, else the one with this `displayName`, else a new one.',
})
export class ImportTeamInput {
  @Optional(() => String, `The team's id, ${FILE_ID}`)
  id?: string | null;
  @Optional(() => String, "The team's name; unique among the teams that the company manages itself, ignoring case.")
  displayName?: string | null;
  @Optional(() => String, "The team's id in another system; left out it stays, null clears.")
  externalId?: string | null;
}

@InputType('ImportMembershipInput', {
  description: 'One member of one team. Both may be rows of the same import; ids of the file come before names.',
})
export class ImportMembershipInput {
  @Optional(() => String, `The team's id, ${FILE_ID}`)
  teamId?: string | null;
  @Optional(() => String, "The team's name.")
  team?: string | null;
  @Optional(() => String, `The user's id, ${FILE_ID}`)
  userId?: string | null;
  @Optional(() => String, "The user's `userName`.")
  userName?: string | null;
}

@InputType('ImportCsvInput', {
  description:
    'Rows as CSV (RFC 4180), in the form of `/export/users.csv` and its like: the first line names the columns; cells end with `,`, `;` or a tab. An empty cell clears.',
})
export class ImportCsvInput {
  @Optional(
    () => String,
    'Users: `id`, `userName`, `active`, dotted names like `name.familyName`, `emails.work`, `addresses.home.locality`, and `urn:…:attribute` of extensions.',
  )
  users?: string | null;
  @Optional(() => String, 'Teams: `id`, `displayName`, `externalId`.')
  teams?: string | null;
  @Optional(() => String, 'Members: `teamId`, `team`, `userId`, `userName`.')
  memberships?: string | null;
}

@InputType('ImportInput', {
  description: 'What is to be imported: 5,000 users, 1,000 teams and 20,000 memberships at most.',
})
export class ImportInput {
  @Optional(() => [ImportUserInput], 'Users.')
  users?: ImportUserInput[] | null;
  @Optional(() => [ImportTeamInput], 'Teams, without their members.')
  teams?: ImportTeamInput[] | null;
  @Optional(() => [ImportMembershipInput], 'Who is a member of which team.')
  memberships?: ImportMembershipInput[] | null;
  @Optional(() => ImportCsvInput, 'The same as texts; a list is given in one of the two forms.')
  csv?: ImportCsvInput | null;
  @Defaulted(
    () => Boolean,
    false,
    'Whether members that are not named leave the teams that `memberships` names. Nothing else is ever removed.',
  )
  removeMissing?: boolean | null;
}

const OnRefused = enumType('OnRefused', 'What becomes of an import of which rows are refused.', {
  STOP: 'Nothing is done; the error is that of the first such row.',
  SKIP: 'Everything else is done.',
});

@InputType('RunImportInput', { description: 'What is to be imported, and the preview of it that was seen.' })
export class RunImportInput extends ImportInput {
  @Required(() => String, 'The `hash` of the preview that was seen.')
  previewHash!: string;
  @Defaulted(() => OnRefused, 'STOP', 'What happens when rows are refused.')
  onRefused!: keyof typeof OnRefused;
}

export const ImportVerdict = enumType('ImportVerdict', 'What becomes of one row of an import.', {
  CREATE: 'It is new, and is made.',
  UPDATE: 'It is there, and changes.',
  SAME: 'It is there as the row says; nothing is written.',
  REMOVE: 'A member whom no row names leaves the team.',
  REFUSED: 'A rule forbids it; `code` says which.',
});

const ImportedObject = enumType('ImportedObject', 'What a row of an import is about.', {
  USER: 'A user.',
  TEAM: 'A team.',
  MEMBERSHIP: 'A member of a team.',
});

@ObjectType('ImportDifference', { simpleResolvers: true, description: 'A field that an import sets.' })
class ImportDifferenceType {
  @Required(() => String, 'The field, dotted; an extension is `extensions.urn:…`.')
  field!: string;
  @Optional(() => Json, 'What is there now; null is no value.')
  before!: unknown;
  @Optional(() => Json, 'What will be there; null is no value.')
  after!: unknown;
}

@ObjectType('ImportRow', { simpleResolvers: true, description: 'What becomes of one row of an import.' })
class ImportRowType implements ImportRow {
  @Required(() => ImportedObject, 'What it is about.')
  object!: keyof typeof ImportedObject;
  @Optional(() => Int, "The row's place in its list, counted from 0; null for a member whom no row names.")
  index!: number | null;
  @Optional(() => Int, 'The line of the CSV text, counted from 1.')
  line!: number | null;
  @Required(() => String, 'The user name, the name of the team, or both.')
  name!: string;
  @Optional(() => ID, 'The user or team that is there already; of a membership the user.')
  id!: string | null;
  @Required(() => ImportVerdict, 'What becomes of it.')
  verdict!: keyof typeof ImportVerdict;
  @Required(() => [ImportDifferenceType], 'What is set, of what is new or changes.')
  differences!: ImportDifferenceType[];
  @Optional(() => String, 'Why it is refused, by the codes that `errors[].extensions.code` has too.')
  code!: string | null;
  @Optional(() => String, 'The field that is at fault, dotted.')
  field!: string | null;
  @Optional(() => String, 'Why it is refused, for people.')
  message!: string | null;
}

@ObjectType('ImportCounts', { simpleResolvers: true, description: 'How many rows there are of each kind.' })
class ImportCountsType {
  @Field(() => Int, { description: 'New ones.' })
  create!: number;
  @Field(() => Int, { description: 'Ones that change.' })
  update!: number;
  @Field(() => Int, { description: 'Ones that are there already.' })
  same!: number;
  @Field(() => Int, { description: 'Members who leave.' })
  remove!: number;
  @Field(() => Int, { description: 'Ones that are refused.' })
  refused!: number;
}

@ObjectType('ImportPayload', { description: 'What an import would do, or has done.' })
export class ImportPayload {
  @Required(() => ImportCountsType, 'How many rows there are of each kind.')
  counts!: ImportCountsType;
  @Required(() => [ImportRowType], 'Users, then teams, then memberships, each in the order of the import.')
  rows!: ImportRowType[];
  @Required(() => String, 'Stands for what the rows say. `runImport` wants it.')
  hash!: string;
}
