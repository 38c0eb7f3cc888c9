-- Decides on a refresh token of a session: the one that is active turns into the next, the one spent last is answered
-- with the same successor for a while, anything else ends the session.
--
-- KEYS  1 the session; 2 the account's list; 3 its floor
-- ARGV  1 now; 2 the session's id; 3 the token's generation; 4 the grace (ms); 5 ms between two refreshes on average;
--       6 ms that may be used up at once; 7... the account's standing: epoch, role, email, verified
-- Returns the outcome, then the session's hash (field, value, ...), none where there is no session; or "throttled" and the
-- ms to wait, with nothing changed.
local session, list, floor = KEYS[1], KEYS[2], KEYS[3]
local now, sid, presented, grace = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local interval, window = tonumber(ARGV[5]), tonumber(ARGV[6])
local standing = tonumber(ARGV[7])

local function answer(outcome)
  local all = redis.call('HGETALL', session)
  table.insert(all, 1, outcome)
  return all
end

local h = redis.call('HMGET', session, 'epoch', 'generation', 'refreshed', 'expires', 'allowance')
local epoch, generation, refreshed, expires = tonumber(h[1]), tonumber(h[2]), tonumber(h[3]), tonumber(h[4])

local outcome
if not h[1] or expires <= now or epoch < standing or epoch < tonumber(redis.call('GET', floor) or 0) then
  outcome = 'revoked'
elseif presented == generation then
  outcome = 'rotated'
elseif presented == generation - 1 and now - refreshed <= grace then
  outcome = 'replayed'
else
  outcome = 'reuse'
end

if outcome == 'revoked' or outcome == 'reuse' then
  local ended = answer(outcome)
  redis.call('DEL', session)
  redis.call('ZREM', list, sid)
  return ended
end

-- GCRA: the time at which all that was used up will be free again
local allowance = math.max(tonumber(h[5]), now) + interval
if allowance - now > window then
  return {'throttled', string.format('%.0f', allowance - now - window)}
end
redis.call('HSET', session, 'allowance', string.format('%.0f', allowance))

if outcome == 'rotated' then
  redis.call('HSET', session, 'generation', string.format('%.0f', generation + 1), 'refreshed', ARGV[1])
end
if epoch == standing then -- else what the caller read is older than the session
  redis.call('HSET', session, 'role', ARGV[8], 'email', ARGV[9], 'verified', ARGV[10])
end
return answer(outcome)
