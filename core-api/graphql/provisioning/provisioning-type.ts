import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { UnprovisionedSignIn } from '../company/company-type.js';
import { enumType, Optional, Required } from '../fields.js';
import { DateTime } from '../scalars.js';
import { UserType } from '../user/user-type.js';

@ObjectType('ProvisioningPreview', {
  simpleResolvers: true,
  description:
    'Who could not come in by single sign-on any more if provisioning were switched on. Users who are exempt are not among them.',
})
export class ProvisioningPreviewType {
  @Required(() => UnprovisionedSignIn, 'The policy of the company that decides about it.')
  policy!: keyof typeof UnprovisionedSignIn;
  @Field(() => Int, { description: 'How many people would be shut out.' })
  shutOutCount!: number;
  @Required(() => [UserType], 'The first 100 of them, in the order in which they were created.')
  shutOutUsers!: UserType[];
  @Optional(() => DateTime, 'From when on, were it switched on now; null when nobody is shut out.')
  shutOutAt!: string | null;
  @Required(() => String, 'Stands for what this shows. `enableProvisioning` wants it.')
  hash!: string;
}

@InputType('EnableProvisioningInput', { description: 'What was seen before provisioning is switched on.' })
export class EnableProvisioningInput {
  @Optional(() => String, 'The `hash` of the preview that was seen.')
  previewHash?: string | null;
}

const ManagedUsers = enumType('ManagedUsers', 'What becomes of the users that directories manage.', {
  KEEP_ACTIVE: 'They stay as they are.',
  DEACTIVATE: 'They cannot sign in any more; everything else of them stays.',
});

@InputType('DisableProvisioningInput', { description: 'How provisioning is switched off.' })
export class DisableProvisioningInput {
  @Required(() => ManagedUsers, 'What becomes of the users that directories manage.')
  users!: keyof typeof ManagedUsers;
}
