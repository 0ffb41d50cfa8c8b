import { enumType } from '../fields.js';

export const ActorKind = enumType('ActorKind', 'What kind of actor asks or asked for something.', {
  OPERATOR: 'Somebody who runs the platform.',
  API_KEY: 'A script or integration with an API key.',
  DIRECTORY_TOKEN: "A directory's identity provider.",
  USER: 'A person who is signed in.',
  VISITOR: 'A person who is about to sign in.',
  SYSTEM: 'The platform itself.',
});
