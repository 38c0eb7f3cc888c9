-- Takes one of what a rule allows (GCRA: the key holds the time at which all that was taken will be free again).
--
-- KEYS  1 the counter
-- ARGV  1 now; 2 how long one takes up; 3 how much may be taken up at once (all in microseconds)
-- Returns 0 where it was taken, else the microseconds to wait.
local now, interval, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local taken = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + interval
if taken - now > window then
  return taken - now - window
end
redis.call('SET', KEYS[1], string.format('%.0f', taken), 'PX', string.format('%.0f', math.ceil((taken - now) / 1000)))
return 0
