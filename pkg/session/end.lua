-- Ends sessions.
--
-- KEYS  1 the account's list; 2... the sessions
-- ARGV  1 now (ms); 2 end only those of an epoch below this one, empty: all; 3... the ids of KEYS 2...
-- Returns how many were alive.
local list, now, below = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local ended = 0
for i = 2, #KEYS do
  local h = redis.call('HMGET', KEYS[i], 'expires', 'epoch')
  if not h[1] then
    redis.call('ZREM', list, ARGV[1 + i])
  elseif not below or tonumber(h[2]) < below then
    redis.call('DEL', KEYS[i])
    redis.call('ZREM', list, ARGV[1 + i])
    if tonumber(h[1]) > now then
      ended = ended + 1
    end
  end
end
return ended
