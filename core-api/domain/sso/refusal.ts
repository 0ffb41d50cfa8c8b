/** Why what an identity provider sent was not taken: the rules of the protocol, before anybody is looked for. */
export type ProtocolRefusal =
  | 'MALFORMED'
  | 'ENCRYPTED'
  | 'SIGNATURE'
  | 'CERTIFICATE'
  | 'ISSUER'
  | 'DESTINATION'
  | 'RECIPIENT'
  | 'AUDIENCE'
  | 'EXPIRED'
  | 'NOT_YET_VALID'
  | 'UNSOLICITED'
  | 'OTHER_REQUEST'
  | 'REPLAYED'
  | 'NOT_FRESH'
  | 'NO_SUBJECT'
  | 'IDP_ERROR'
  | 'IDP_UNREACHABLE';

/** What was sent is refused. The reason and the detail are for the change log: the visitor hears neither. */
export class SsoRefusal extends Error {
  constructor(
    readonly reason: ProtocolRefusal,
    /** One sentence of ours; what was sent is never in it. */
    readonly detail: string,
  ) {
    super(`${reason}: ${detail}`);
    this.name = 'SsoRefusal';
  }
}
