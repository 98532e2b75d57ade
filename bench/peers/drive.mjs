/**
 * Drives load: reads `{url, requests, connections, duration | amount}` as JSON from its input and prints what came of
 * it. Each connection goes round the requests from a place of its own, so that no two ask the same at once.
 */
import { text } from 'node:stream/consumers';
import autocannon from 'autocannon';

const { url, requests, connections, duration, amount, hasUniqueIds } = JSON.parse(await text(process.stdin));
let started = 0;
const result = await autocannon({
  url,
  connections,
  ...(amount ? { amount } : { duration }),
  timeout: 30,
  idReplacement: hasUniqueIds,
  setupClient: (client) => {
    const from = Math.floor((started * requests.length) / connections);
    started += 1;
    client.setRequests([...requests.slice(from), ...requests.slice(0, from)]);
  },
  verifyBody: (body) => !body.includes('"errors"'),
});
const answered = result['2xx'];
process.stdout.write(
  JSON.stringify({
    answered,
    failed: result.non2xx + result.errors + result.timeouts + result.mismatches,
    seconds: result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
  }),
);
