import express from 'express';
import { expect, it } from 'vitest';
import { listen } from '../listen.js';
import { cookiesFor, setBrowserCookie } from './cookies.js';

async function cookieSent(publicUrl: string): Promise<string | null> {
  const app = express();
  app.get('/', (_request, response) => {
    setBrowserCookie(response, cookiesFor(publicUrl), 'mark');
    response.end();
  });
  const listener = await listen(app, '127.0.0.1', 0);
  try {
    const response = await fetch(`http://127.0.0.1:${listener.port}/`);
    return response.headers.get('set-cookie')!.replace(/ Expires=[^;]*;/, '');
  } finally {
    await listener.close(1);
  }
}

it('a browser that goes to an identity provider is known when that one’s post brings it back (S-12)', async () => {
  expect(await cookieSent('https://rollcall.example')).toBe(
    '__Host-rollcall-sso=mark; Max-Age=900; Path=/; HttpOnly; Secure; SameSite=None',
  );
  // Without Secure no browser takes SameSite=None, and Lax would keep it away from the post.
  expect(await cookieSent('http://localhost:3000')).toBe('rollcall-sso=mark; Max-Age=900; Path=/; HttpOnly');
});
