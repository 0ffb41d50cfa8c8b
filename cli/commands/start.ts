import { defineCommand } from 'citty';

export const startCommand = defineCommand({
  meta: { name: 'start', description: 'Start the core API and the SCIM gateway in one process, as npm start does' },
  async run() {
    const { start } = await import('../../start.js');
    await start(process.env);
  },
});
