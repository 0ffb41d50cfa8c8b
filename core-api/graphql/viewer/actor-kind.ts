import { enumType } from '../fields.js';

export const ActorKind = enumType('ActorKind', 'What kind of actor asks or asked for something.', {
  OPERATOR: 'Somebody who runs the platform.',
  API_KEY: 'A script or integration with an API key.',
  DIRECTORY_TOKEN: "A directory's identity provider.",
  SYSTEM: 'The platform itself.',
});
