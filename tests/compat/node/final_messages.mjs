// final_messages.py with the official TypeScript client.

import { isDeepStrictEqual } from "node:util";

import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic();
const messages = process.env.BETA ? client.beta.messages : client.messages;

const request = (number) => ({
  model: "claude-opus-5-5",
  max_tokens: 1024,
  messages: [{ role: "user", content: `message ${number}.` }],
  tools: [
    {
      name: "look",
      input_schema: { type: "object" },
      eager_input_streaming: number % 2 === 0,
    },
  ],
});

// The message as it is on the wire; its id is new for each, `parsed_output` the client's own.
function plain(message) {
  const { id, parsed_output, ...rest } = JSON.parse(JSON.stringify(message));
  for (const block of rest.content) delete block.parsed_output;
  return rest;
}

const seen = { equal: 0, blocks: 0, unequal: [] };
for (let number = 0; number < Number(process.env.COUNT); number++) {
  const created = plain(await messages.create(request(number)));
  const final = plain(await messages.stream(request(number)).finalMessage());
  seen.blocks += created.content.length;
  if (isDeepStrictEqual(created, final)) seen.equal++;
  else seen.unequal.push([created, final]);
}
process.stdout.write(JSON.stringify(seen));
