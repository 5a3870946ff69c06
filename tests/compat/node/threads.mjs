// A tool runner of the official TypeScript client, and what it sends.

import Anthropic from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";

const sent = [];
const client = new Anthropic({
  maxRetries: 0,
  fetch: async (url, options) => {
    const response = await fetch(url, options);
    sent.push({ status: response.status, body: JSON.parse(options.body) });
    return response;
  },
});

const next = betaTool({
  name: "next_number",
  description: "Tell the number after this one.",
  inputSchema: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] },
  run: ({ n }) => String(n + 1),
});

const runner = client.beta.messages.toolRunner({
  model: "claude-sonnet-4-6",
  max_tokens: 300,
  system: "Be brief.",
  tools: [next],
  stream: process.argv[2] === "stream",
  messages: [{ role: "user", content: "Count." }],
});
const final = await runner.runUntilDone();
process.stdout.write(JSON.stringify({ sent, text: final.content[0].text }));
