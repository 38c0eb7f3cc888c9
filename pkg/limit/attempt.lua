-- Counts one failure in a row, unless the time to wait after those before is not over.
--
-- KEYS  1 the counter: a hash of failures and at, the time of the last one
-- ARGV  1 now; 2 how long the counter lives without attempts (both in ms); 3 how many are free;
--       4... the ms to wait after so many, after one more, and so on; the last holds for all above
-- Returns 0 where it was counted, else the ms to wait.
local now, first = tonumber(ARGV[1]), tonumber(ARGV[3])
local h = redis.call('HMGET', KEYS[1], 'failures', 'at')
local failures, at = tonumber(h[1] or 0), tonumber(h[2] or 0)
if failures >= first then
  local wait = at + tonumber(ARGV[math.min(4 + failures - first, #ARGV)]) - now
  if wait > 0 then
    return wait
  end
end
redis.call('HSET', KEYS[1], 'failures', string.format('%.0f', failures + 1), 'at', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 0
