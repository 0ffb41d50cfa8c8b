import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLog } from './log.js';

describe('the log', () => {
  const written: string[] = [];
  afterEach(() => {
    vi.restoreAllMocks();
    written.length = 0;
  });

  it('leaves out what is not on its list, such as a request or a token', () => {
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);

    createLog({ logLevel: 'info', production: false }).info(
      { requestId: 'r1', req: { headers: { authorization: 'Bearer rcs_x' } }, token: 'rcs_x' },
      'answered',
    );

    expect(written.join('')).toMatch(/^[\d:]{8} info {2}core-api: answered requestId=r1\n$/);
  });

  it('shows of an error its message and stack, not the row values that a driver adds', () => {
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const failure = Object.assign(new Error('duplicate key'), { detail: 'Key (user_name)=(ann) already exists.' });

    createLog({ logLevel: 'info', production: false }).error({ err: failure }, 'failed');

    expect(written.join('')).toContain('duplicate key');
    expect(written.join('')).not.toContain('ann');
  });
});
