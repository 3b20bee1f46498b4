-- Makes the load: every request names random students, a random employee and a random account.
-- Its numbers and formats come from bench/load.py; at the end it prints one line for it.

local post = os.getenv("BENCH_FORM") == "post"
local body = os.getenv("BENCH_BODY")
local student = os.getenv("BENCH_STUDENT")
local pictured = tonumber(os.getenv("BENCH_PICTURED"))
local students = tonumber(os.getenv("BENCH_STUDENTS"))
local schools = tonumber(os.getenv("BENCH_SCHOOLS"))
local first = tonumber(os.getenv("BENCH_FIRST_EMPLOYEE"))
local last = tonumber(os.getenv("BENCH_LAST_EMPLOYEE"))

wrk.method = "POST"
wrk.path = os.getenv("BENCH_PATH")
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY")

function init()
  math.randomseed(tonumber(os.getenv("BENCH_SEED")))
end

function request()
  local items = {}
  for place = 1, pictured do
    items[place] = string.format(student, math.random(0, students - 1))
  end
  local list = table.concat(items, ",")
  if post then
    local school = math.random(0, schools - 1)
    return wrk.format(nil, nil, nil, string.format(body, school, math.random(first, last), list))
  end
  return wrk.format(nil, nil, nil, string.format(body, list))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "BENCH %d %d %d %d %d %d\n", summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
