-- Counts a try of a challenge.
--
-- KEYS  1 the challenge
-- ARGV  1 how many tries it takes
-- Returns its record, or nil where it is unknown or has had them all. It stays then: a try that was let through may still
-- be on its way to spend it.
local h = redis.call('HMGET', KEYS[1], 'record', 'tries')
if not h[1] or tonumber(h[2]) >= tonumber(ARGV[1]) then
  return false
end
redis.call('HINCRBY', KEYS[1], 'tries', 1)
return h[1]
