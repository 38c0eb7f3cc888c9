-- Counts a try of a challenge.
-- KEYS[1] the challenge; ARGV[1] how many tries it takes.
-- Returns its record, or nil where it is unknown or has had them all (then it is gone).
local record = redis.call('HGET', KEYS[1], 'record')
if not record then
  return false
end
if redis.call('HINCRBY', KEYS[1], 'tries', 1) > tonumber(ARGV[1]) then
  redis.call('DEL', KEYS[1])
  return false
end
return record
