/**
 * The base of fan-out: `ws` and a loop. It serialises an event once and sends it to everybody, and knows nothing of
 * subscriptions, rights, positions or a database. Run by the bench as a process of its own.
 */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { isObject } from '../src/base/json.ts';
import { serveAsHelper } from './processes/helper-process.ts';

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
let event: unknown;

serveAsHelper(server, (message) => {
  if (!isObject(message)) return;
  if ('event' in message) ({ event } = message);
  for (let count = Number(message['broadcast'] ?? 0); count > 0; count--) {
    const text = JSON.stringify(event);
    for (const socket of sockets.clients) socket.send(text);
  }
});
