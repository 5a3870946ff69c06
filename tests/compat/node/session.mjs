// The session of ../session.py with the official TypeScript client.

import Anthropic from "@anthropic-ai/sdk";

const QUESTION = {
  model: "claude-sonnet-4-6",
  messages: [{ role: "user", content: "What is 2+2?" }],
};

async function create(client) {
  const { data, response, request_id } = await client.messages
    .create({ ...QUESTION, max_tokens: 100 })
    .withResponse();
  return {
    message: data,
    request_id,
    request_id_header: response.headers.get("request-id"),
    key_header: sent.has("x-api-key") ? "x-api-key" : "authorization",
    version: sent.get("anthropic-version"),
  };
}

async function stream(client) {
  let text = "";
  const stream = client.messages.stream({ ...QUESTION, max_tokens: 100 });
  stream.on("text", (delta) => (text += delta));
  return { message: await stream.finalMessage(), text };
}

const tools = [
  {
    name: "calculate_investment_return",
    description: "Calculate ROI for an investment",
    input_schema: {
      type: "object",
      properties: {
        principal: { type: "number", description: "Initial investment" },
        rate: { type: "number", description: "Annual interest rate (%)" },
        years: { type: "integer", description: "Investment period" },
      },
      required: ["principal", "rate", "years"],
    },
  },
  {
    name: "fetch_stock_price",
    description: "Get current stock price",
    input_schema: {
      type: "object",
      properties: { ticker: { type: "string", description: "Stock ticker (e.g., AAPL)" } },
      required: ["ticker"],
    },
  },
];

const run = {
  calculate_investment_return: ({ principal, rate, years }) =>
    `Return: $${(principal * (1 + rate / 100) ** years).toFixed(2)}`,
  fetch_stock_price: ({ ticker }) => `${ticker} price: $150.25`,
};

async function toolLoop(client) {
  const content =
    "If I invest $10k at 7% for 5 years, what's my return? Also fetch AAPL stock price.";
  const messages = [{ role: "user", content }];
  const request = { model: "claude-sonnet-4-20250514", max_tokens: 1024, tools, messages };
  let response = await client.messages.create(request);
  while (response.stop_reason === "tool_use") {
    const calls = response.content.filter((block) => block.type === "tool_use");
    const results = calls.map(({ id, name, input }) => ({
      type: "tool_result",
      tool_use_id: id,
      content: run[name](input),
    }));
    messages.push({ role: "assistant", content: response.content });
    messages.push({ role: "user", content: results });
    response = await client.messages.create(request);
  }
  return response.content.find((block) => block.type === "text").text;
}

async function ids(page) {
  const found = [];
  for await (const model of page) found.push(model.id);
  return found;
}

async function models(client) {
  return {
    by_twos: await ids(client.models.list({ limit: 2 })),
    at_once: await ids(client.models.list({ limit: 1000 })),
    retrieved: (await client.models.retrieve("claude-sonnet-4-20250514")).id,
  };
}

async function error(promise) {
  try {
    await promise;
  } catch (failure) {
    return {
      class: failure.constructor.name,
      status: failure.status,
      request_id: failure.requestID,
      request_id_header: failure.headers.get("request-id"),
    };
  }
  return null;
}

async function errors(client) {
  const stranger = client.withOptions({ apiKey: "wrong" });
  const faulty = client.withOptions({ baseURL: process.env.FAULTY_URL, maxRetries: 0 });
  const ask = (options) => client.messages.create({ ...QUESTION, max_tokens: 100, ...options });
  const seen = {
    "wrong key": await error(stranger.models.list()),
    "unknown model": await error(ask({ model: "nope" })),
    stream: await error(
      client.messages.stream({ ...QUESTION, max_tokens: 10 ** 6 }).finalMessage(),
    ),
    temperature: await error(ask({ temperature: 0.5 })),
  };
  for (const status of process.argv.slice(2)) {
    const messages = [{ role: "user", content: `fail with ${status}` }];
    seen[status] = await error(faulty.messages.create({ ...QUESTION, max_tokens: 100, messages }));
  }
  return seen;
}

let sent; // the headers of the latest request

const client = new Anthropic({
  fetch: (url, options) => {
    sent = new Headers(options.headers);
    return fetch(url, options);
  },
});

const seen = {
  create: await create(client),
  stream: await stream(client),
  count: (await client.messages.countTokens(QUESTION)).input_tokens,
  models: await models(client),
  errors: await errors(client),
  tool_loop: await toolLoop(client),
};
process.stdout.write(JSON.stringify(seen));
