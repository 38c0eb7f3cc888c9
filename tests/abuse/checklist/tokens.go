package checklist

var sessions = []Row{
	{ID: "SE-01", What: "Stores hold no token that works", Tests: []string{abuse + "TestSE01", contract + "TestStoresHoldNoSecretThatWorks"}},
	{ID: "SE-02", What: "One active token a session", Tests: []string{contract + "TestManyRefreshesAtOnceMakeOneSuccessor", live + "TestFiftyParallelRefreshesTurnOnce", live + "TestRotateFollowsTheModel"}},
	{ID: "SE-03", What: "Reuse ends the session and its access tokens, and is told", Tests: []string{contract + "TestAnOlderRefreshTokenEndsTheSession", abuse + "TestLO03", auth + "TestReuseIsTold"}},
	{ID: "SE-04", What: "Ten seconds of grace, for the last token, by the same successor", Tests: []string{contract + "TestASecondTabGetsTheSameSuccessor", contract + "TestAnOlderRefreshTokenEndsTheSession", contract + "TestASpentRefreshTokenIsReuseAfterTheGrace"}},
	{ID: "SE-05", What: "Rotation survives a crash and the loss of Redis", Tests: []string{abuse + "TestSE05"}},
	{ID: "SE-06", What: "A lost answer may be asked for again", Tests: []string{abuse + "TestSE06"}},
	{
		ID: "SE-07", What: "An absolute end that rotation does not move", Tests: []string{contract + "TestRefreshDoesNotExtendTheSession", live + "TestCreateRefusesLifetimesOutOfRange", live + "TestKeysLapse"},
		Note: "no idle timeout, as SE-15 has it",
	},
	{ID: "SE-08", What: "A refresh looks at the account", Tests: []string{abuse + "TestSE08", auth + "TestRefreshFollowsTheAccount"}},
	{ID: "SE-09", What: "Logout ends the session on the server, by POST", Tests: []string{contract + "TestLogoutEndsTheSessionAtOnce", contract + "TestEveryDescribedRouteIsServedAndNoOtherMethod"}},
	{ID: "SE-10", What: "Sessions are listed and ended by id", Tests: []string{contract + "TestSessionListTellsNoSecret", contract + "TestEndOneSession", contract + "TestEndAllSessionsButThisOne"}},
	{ID: "SE-11", What: "Nobody chooses a session's id", Tests: []string{abuse + "TestSE11", contract + "TestASessionIsNewAtEverySignIn"}},
	{ID: "SE-12", What: "Every route asks whether the session lives", Tests: []string{contract + "TestASessionEndsEverywhereInTheSuiteAtOnce"}},
	{
		ID: "SE-13", What: "Cookies' attributes", Tests: []string{contract + "TestRefreshCookieIsWrittenAsTheDocument", contract + "TestCSRFTokenAndItsCookie", contract + "TestDeviceCookie", contract + "TestCookiesAreWrittenAsTheContract"}, Waits: chromium,
		Note: "names and paths as the documents have them",
	},
	{ID: "SE-14", What: "No edit of a refresh token is accepted", Tests: []string{contract + "TestNoEditOfARefreshTokenIsAccepted", tokens + "TestOneEditIsRefused"}},
	{ID: "SE-15", What: "A hundred sessions an account", Tests: []string{contract + "TestAnAccountHasAHundredSessionsAtMost"}},
	{ID: "SE-16", What: "The expired access token at refresh is no authority", Tests: []string{contract + "TestRefreshWantsTheAccessTokenOfTheSameSession", contract + "TestRefreshTakesAnExpiredAccessToken"}},
}

var jwt = []Row{
	{ID: "JW-01", What: "One algorithm a key", Tests: []string{tokens + "TestWycheproofSignatures", tokens + "TestWycheproofTokensAreNotOurs", tokens + "TestAlgorithmConfusion", tokens + "TestAKeyHasOneAlgorithm", contract + "TestForgedAccessTokensAreRefused"}},
	{ID: "JW-02", What: "Keys by id from our own set", Tests: []string{tokens + "TestHeadersAreOurs", tokens + "TestUnknownKidsCauseOneFetchIn10s"}},
	{ID: "JW-03", What: "Three segments of base64url, 4 KiB", Tests: []string{tokens + "TestOddTextsAreRefused", tokens + "FuzzReadForm"}},
	{ID: "JW-04", What: "Every claim is demanded", Tests: []string{tokens + "TestEveryClaimIsDemanded"}},
	{ID: "JW-05", What: "Each kind for its own verifier", Tests: []string{abuse + "TestJW05", tokens + "TestKindsAreTakenByTheirOwnVerifierOnly", contract + "TestARefreshTokenIsWorthNothingInAnotherDialect", contract + "TestOnlyAnAccessTokenIsABearerToken", contract + "TestMailedTokensServeTheirOwnPurposeOnly", contract + "TestOnlyARefreshTokenRefreshesAndOnlyAChallengeIsOne"}},
	{ID: "JW-06", What: "One audience", Tests: []string{tokens + "TestEveryClaimIsDemanded"}},
	{ID: "JW-07", What: "No crit, no b64, no JWE, nothing twice", Tests: []string{tokens + "TestHeadersAreOurs", tokens + "TestDuplicateMembersAreRefused", tokens + "TestWycheproofTokensAreNotOurs"}},
	{ID: "JW-08", What: "A token means an id, not a name", Tests: []string{contract + "TestAnOldNameIsFreeAndAnOldTokenMeansTheOldAccount", contract + "TestRoleInATokenIsNoAuthority"}},
	{ID: "JW-09", What: "Keys are published before they sign", Tests: []string{tokens + "TestTheGreatestNameSignsOncePublishedFor60s", tokens + "TestANewKeyUnderAnOldNameIsPublishedFirst", tokens + "TestARetiredKeyVerifiesNothing", tokens + "TestUnknownKidsCauseOneFetchIn10s"}},
	{ID: "JW-10", What: "No start with a short or weak key", Tests: []string{abuse + "TestJW10", secrets + "TestKeyringRefuses"}},
	{ID: "JW-11", What: "A session is revoked, not a text", Tests: []string{contract + "TestLogoutEndsTheSessionAtOnce", tokens + "TestTheLastCharacterHasOneSpelling"}},
}

var keys = []Row{
	{ID: "CR-01", What: "Chance is cryptographic, and its failure is told", Tests: []string{arch + "TestChanceIsCryptographic", arch + "TestNoInitAndNoFibersRandomIDs", auth + "TestRandomnessFails"}},
	{ID: "CR-02", What: "Secrets are compared in constant time or found by hash", By: "pkg/secret/secret.go", Waits: "a check of comparisons by a linter; a secret has no field that == could compare by value outside its package"},
	{ID: "CR-03", What: "Each key rotates and nobody notices", Tests: []string{abuse + "TestCR03", secrets + "TestSealRotatesKeys", hashes + "TestPepperRotation", "services/auth/internal/device.TestKeysRotate"}, Waits: "a runbook for each key"},
	{ID: "CR-04", What: "Secrets from files; known ones refused", Tests: []string{abuse + "TestJW10", e2e + "TestASecretComesByFileToo", e2e + "TestAWrongSettingStopsTheStartWithOneLineThatNamesIt"}},
}
