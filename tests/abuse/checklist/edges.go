package checklist

var browsers = []Row{
	{ID: "CS-01", What: "Bodies of the route's own type alone", Tests: []string{abuse + "TestCS01", contract + "TestContentTypeOfABody", contract + "TestTheTypeChoosesBetweenDialectsThatShareAPath"}},
	{ID: "CS-02", What: "Fetch metadata, else Origin", Tests: []string{contract + "TestChangesComeFromTheSameOriginOrAListedOne", contract + "TestACookieFromAnotherOriginChangesNothing", web + "TestSameOriginRule"}},
	{ID: "CS-03", What: "A signed double-submit token", Tests: []string{contract + "TestCSRFTokenMustMatchItsCookieAndBeOurs", contract + "TestCSRFTokenOfAnotherInstallationIsRefused", contract + "TestEveryChangeNeedsTheCSRFToken"}},
	{ID: "CS-04", What: "Sign-in and registration too", Tests: []string{abuse + "TestCS04", contract + "TestACrossSiteRefreshIsRefusedAndChangesNothing"}},
	{ID: "CS-05", What: "CORS for listed origins alone", Tests: []string{contract + "TestListedOriginsMayReadAnswers", contract + "TestPreflight", contract + "TestNoOriginIsListedByDefault", contract + "TestReadsMayComeFromAnywhere"}},
	{ID: "CS-06", What: "Headers on every answer", Tests: []string{contract + "TestSecurityHeadersOnEveryAnswer", contract + "TestAnHTTPSSuiteDemandsHTTPS", contract + "TestPagesHaveTheirOwnPolicy", web + "TestEveryAnswerHasItsHeadersAndNoInternals"}},
	{ID: "CS-07", What: "Unknown methods 405, HEAD changes nothing", Tests: []string{contract + "TestEveryDescribedRouteIsServedAndNoOtherMethod", contract + "TestHeadAnswersAsGetWithoutABody", web + "TestHEADDoesNotChangeWhatGETDoes"}},
	{ID: "CS-08", What: "Nothing comes back as markup", Tests: []string{abuse + "TestCS08", pages + "TestTextIsEscaped"}},
}

var authorisation = []Row{
	{ID: "AZ-01", What: "A route without a policy stops the start", Tests: []string{web + "TestNewRefusesIncompleteTables", web + "TestAccess"}},
	{ID: "AZ-02", What: "Nobody does anything to another's", Tests: []string{abuse + "TestAZ02", contract + "TestChangesAreTheOwnersOrAnAdmins"}, Note: "403 for another's account in legion"},
	{ID: "AZ-03", What: "What is nobody's to set is never stored", Tests: []string{contract + "TestMembersThatAreNobodysToSetAreNeverStored", contract + "TestUnknownMembersAreIgnored"}},
	{ID: "AZ-04", What: "Others' emails are masked", Tests: []string{contract + "TestEmailsAreMaskedByDefault", contract + "TestDirectoryModes"}},
	{ID: "AZ-05", What: "An admin sets nobody's password or authenticator", Tests: []string{contract + "TestAdminsSetNobodysPassword", contract + "TestOTPSecretIsTheOwnersAlone"}},
	{ID: "AZ-06", What: "A deleted account is gone at once", Tests: []string{contract + "TestADeletedAccountIsGoneButForItsNames", contract + "TestAResetTokenIsDeadAfterDeletion", users + "TestDeleteEndsEverything", abuse + "TestSE08", abuse + "TestAZ06"}},
	{ID: "AZ-07", What: "Nothing of an old account touches a new one", Tests: []string{contract + "TestADeletedAccountIsPurgedAfterTheRetention", contract + "TestAnOldNameIsFreeAndAnOldTokenMeansTheOldAccount"}},
	{ID: "AZ-08", What: "Pages are checked numbers", Tests: []string{contract + "TestPageIsAWholeNumber", contract + "TestListUsers", users + "TestTotalsAreKeptForAWhile", abuse + "TestAZ08", ild + "TestUsersComeWhole"}, Note: "ild's list of all users is bounded by nothing but limit; it is streamed"},
	{ID: "AZ-09", What: "Calls between services are signed; the mailer has no public route", Tests: []string{contract + "TestInternalListenersWantAServiceToken", contract + "TestInternalOperationsAreNotServedToThePublic", gateway + "TestRouting", "services/mailer/internal/api.TestWhoMayCallWhat"}, Waits: deployment},
	{ID: "AZ-10", What: "A role counts at once", Tests: []string{contract + "TestARoleChangeEndsSessionsAndCountsAtOnce"}},
}

var input = []Row{
	{ID: "IN-01", What: "No operator reaches the database", Tests: []string{abuse + "TestIN01", contract + "TestParametersGivenTwiceOrAsObjects", contract + "TestMalformedJSON"}},
	{ID: "IN-02", What: "Searches by text", Waits: "a route that searches; none does"},
	{ID: "IN-03", What: "Strict JSON", Tests: []string{web + "TestDecodeRefuses", web + "FuzzDecode", contract + "TestMalformedJSON"}},
	{ID: "IN-04", What: "Usernames", Tests: []string{contract + "TestUsernameRule", users + "TestCheckUsername", users + "TestKeysAreStable"}},
	{ID: "IN-05", What: "Emails", Tests: []string{contract + "TestEmailRule", users + "FuzzEmailKey", users + "TestEmailKey"}},
	{ID: "IN-06", What: "Lengths and control characters", Tests: []string{contract + "TestNameRule", users + "TestCheckName", contract + "TestMalformedJSON"}},
	{ID: "IN-07", What: "No spelling of a path opens anything", Tests: []string{abuse + "TestIN07", gateway + "TestPathTricks"}},
	{ID: "IN-08", What: "includeDeleted and its like", Tests: []string{contract + "TestIncludeDeletedShowsTheShortForm", contract + "TestParametersGivenTwiceOrAsObjects"}},
}

var edge = []Row{
	{ID: "HT-01", What: "No request hides in another: the services, the gateway, nginx", Tests: []string{abuse + "TestHT01", web + "TestMalformedRequestsAreRefusedAndTheConnectionCloses", gateway + "TestBodies"}, Waits: deployment + ", for the same through its ingress"},
	{ID: "HT-02", What: "Slow clients hold nobody up", Tests: []string{abuse + "TestHT02", contract + "TestABodyOverTheLimit", web + "TestLongHeaders", web + "TestOneAddressHasABoundOfConnections"}},
	{ID: "HT-03", What: "The client's address is the right-most that is nobody of ours", Tests: []string{web + "TestAddressIsTheRightmostThatIsNoTrustedProxys", contract + "TestThirtySignInTriesAMinuteFromAnAddress", gateway + "TestForwarding"}},
	{ID: "HT-04", What: "Names of others are refused", Tests: []string{web + "TestHosts", contract + "TestLinksComeFromTheConfigurationAlone", contract + "TestAnHTTPSSuiteDemandsHTTPS"}},
	{ID: "HT-05", What: "A stop breaks no request", Tests: []string{down + "TestAStopUnderTrafficBreaksNoRequest", web + "TestDrainClosesConnectionsWithTheirNextAnswer", gateway + "TestDrain"}, Waits: deployment + ", for a rolling restart"},
	{ID: "HT-06", What: "A panic is one answer's", Tests: []string{web + "TestEveryAnswerHasItsHeadersAndNoInternals", mailer + "TestPanicIsOneMailsFailure"}},
}

var uploads = []Row{
	{ID: "UP-01", What: "Images are decoded and encoded anew", Tests: []string{
		abuse + "TestUP01", pictures + "TestWhatIsNoPictureIsRefused", pictures + "TestABombCostsNothing", pictures + "TestNothingOfTheFileIsKept",
	}},
	{
		ID: "UP-02", What: "Images are served as such and nothing else", Tests: []string{abuse + "TestUP02", ild + "TestPicture", ild + "TestPictureIsRefused"},
		Note: "by type, nosniff and policy: a picture may be shown by the pages of the same origin",
	},
	{ID: "UP-03", What: "The decoder is mended", By: ".ci/vulncheck"},
	{
		ID: "UP-04", What: "Room for images is bounded",
		Tests: []string{ild + "TestUploadsAreLimited", users + "TestUploadsAtOnceLeaveOnePicture", users + "TestTheSweepSettlesWhatBrokeOff", users + "TestAPurgedAccountTakesItsPictureWithIt"},
		Waits: "an upload onto a full disk",
	},
}
