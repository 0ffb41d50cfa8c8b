import { defineCommand } from 'citty';
import { runProgram } from '#core-api/program.js';

export const startCommand = defineCommand({
  meta: { name: 'start', description: 'Start the core API and the SCIM gateway in one process, as npm start does' },
  async run() {
    const { start } = await import('../../start.js');
    await runProgram(async () => {
      const running = await start(process.env);
      return () => running.stop();
    });
  },
});
