import type { Probe, ProbeStep, ProbeTarget } from '#core-api/domain/probe/probe.js';
import { ProbeFailure, ProbeHttp } from './probe-http.js';
import { STEPS, type Step, type StepState } from './probe-steps.js';

const ALL_WITHIN_MS = 20_000;

/**
 * Plays an identity provider against the address that clients reach, over real HTTP: what stands in front of the server is part of what is tested. This
 * adapter is the one place of core-api that writes SCIM down, as literal requests: it stands outside and shares nothing with what it tests.
 *
 * @param publicUrl where clients reach the server, without a slash at its end; read at each test, since a listener may know it last.
 */
export function scimProbe(publicUrl: () => string, allWithinMs = ALL_WITHIN_MS): Probe {
  return async (target) => {
    const root = publicUrl();
    const http = new ProbeHttp(root, target.token, AbortSignal.timeout(allWithinMs));
    const state: StepState = { root, http, target, userId: null, groupId: null };
    const giveUpAt = performance.now() + allWithinMs;
    const steps: ProbeStep[] = [];
    for (const step of STEPS) {
      const reason =
        performance.now() >= giveUpAt ? 'The time for the test was over.' : reasonToSkip(step, target, steps);
      steps.push(reason === null ? await tried(step, state) : skipped(step, reason));
    }
    return { url: `${root}/scim/v2`, steps };
  };
}

function reasonToSkip(step: Step, target: ProbeTarget, before: readonly ProbeStep[]): string | null {
  const missing = before.find(({ step: name, ok }) => step.needs.includes(name) && ok !== true);
  if (missing) return `Not tried, because of an earlier step: ${missing.title}.`;
  return step.skip?.(target) ?? null;
}

async function tried({ step, title, expected, run }: Step, state: StepState): Promise<ProbeStep> {
  const { http, target } = state;
  const begin = performance.now();
  const ended = (rest: Pick<ProbeStep, 'ok' | 'status' | 'got' | 'howToMend'>): ProbeStep => ({
    step,
    title,
    expected,
    ...rest,
    // Whatever answers there may send back what it was sent.
    got: rest.got.replaceAll(target.token, '…'),
    howToMend: rest.howToMend?.replaceAll(target.token, '…') ?? null,
    durationMs: Math.round(performance.now() - begin),
  });
  http.lastStatus = null;
  try {
    const got = await run(state);
    return ended({ ok: true, status: http.lastStatus, got, howToMend: null });
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    return ended({ ok: false, status: error.status, got: error.got, howToMend: error.howToMend });
  }
}

function skipped({ step, title, expected }: Step, got: string): ProbeStep {
  return { step, title, ok: null, status: null, expected, got, howToMend: null, durationMs: 0 };
}
