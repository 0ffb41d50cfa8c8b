import type { LookUpTxt } from '../ports.js';
import { recordNameOf } from './domain-name.js';

/** ABSENT: DNS says that the record isn't there, or says something else. UNANSWERED: DNS said nothing. */
export type DomainProof = 'PROVEN' | 'ABSENT' | 'UNANSWERED';

/** What one look into DNS brought. */
export interface DomainLook {
  proof: DomainProof;
  /** The texts that are there, for whoever set them up: the first ten. */
  found: string[];
}

const MOST_SHOWN = 10;

export async function lookFor(lookUpTxt: LookUpTxt, domain: string, challenge: string): Promise<DomainLook> {
  try {
    const texts = (await lookUpTxt(recordNameOf(domain))).map((text) => text.trim());
    return { proof: texts.includes(challenge) ? 'PROVEN' : 'ABSENT', found: texts.slice(0, MOST_SHOWN) };
  } catch {
    return { proof: 'UNANSWERED', found: [] };
  }
}
