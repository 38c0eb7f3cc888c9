package checklist

var passwords = []Row{
	{
		ID: "PW-01", What: "Least length", Tests: []string{contract + "TestPasswordRule", contract + "TestLeastLengthOfAPassword"},
		Note: "8 characters, or WATCHWORD_PASSWORD_MIN, whether a second factor is on or not",
	},
	{
		ID: "PW-02", What: "At most 256 code points, refused before hashing, never cut",
		Tests: []string{contract + "TestPasswordRule", contract + "TestPasswordsAreComparedWholeAndInNFC", users + "TestNothingIsHashedForWhatIsRefused"},
	},
	{ID: "PW-03", What: "Every character, no rules of composition", Tests: []string{hashes + "TestAnyPassword", contract + "TestPasswordsThatAreAccepted"}},
	{
		ID: "PW-04", What: "No folding or trimming; one normal form", Tests: []string{contract + "TestPasswordsAreComparedWholeAndInNFC", hashes + "TestWhatIsSignificant"},
		Note: "NFC, not NFKC",
	},
	{
		ID: "PW-05", What: "Common passwords and the login names are refused, as a whole", Tests: []string{hashes + "TestCommonList", contract + "TestPasswordRule", contract + "TestPasswordsThatAreAccepted"},
		Note: "the 10,000 most common, the username and the email",
	},
	{ID: "PW-06", What: "No password lapses", Waits: "a sign-in five years later by the clock of the users service"},
	{
		ID: "PW-07", What: "A change needs the current password and the code, and ends the other sessions",
		Tests: []string{contract + "TestPasswordChange", contract + "TestAPasswordChangeGuessesAtTheSameBudget", contract + "TestChangesNeedACodeWhileASecondFactorIsOn"},
	},
	{ID: "PW-08", What: "argon2id; what is read is bounded", Tests: []string{hashes + "TestKnownHashes", hashes + "TestBounds", hashes + "FuzzParsePHC", hashes + "TestNewHasher"}},
	{ID: "PW-09", What: "A pepper, with ids that rotate", Tests: []string{hashes + "TestPepperRotation", hashes + "TestPepperIsNeeded", abuse + "TestCR03"}},
	{ID: "PW-10", What: "A rehash never restores an old password", Tests: []string{users + "TestARehashNeverBringsAnOldPasswordBack", users + "TestAnOldHashIsReplacedAtSignIn"}},
	{ID: "PW-11", What: "Imported bcrypt", Tests: []string{hashes + "TestImportedHashes"}},
	{ID: "PW-12", What: "No password in logs, mails or stores", Tests: []string{contract + "TestWhatIsLoggedOfASecretIsNothing", contract + "TestStoresHoldNoSecretThatWorks", mailer + "TestNothingLeaks"}},
	{ID: "PW-13", What: "The page works with password managers", Tests: []string{contract + "TestTheResetPage", pages + "TestReset", browser + "TestThePagesBehindMailedLinks"}},
}

var signIn = []Row{
	{ID: "LG-01", What: "A refusal tells nothing of who exists", Tests: []string{
		contract + "TestAFailedSignInTellsNotWhetherTheAccountExists", contract + "TestAFailedSignInByCodeTellsNotWhetherTheAccountExists",
		contract + "TestAskingForAResetTellsNotWhetherTheAccountExists", contract + "TestAskingForAnotherLinkTellsNotWhetherTheAccountExists",
		abuse + "TestLG01", contract + "TestConcealedAccounts",
	}, Note: "nerdcult's document tells an unknown name and a registration that waits, and a taken email is told, until WATCHWORD_CONCEAL_ACCOUNTS"},
	{ID: "LG-02", What: "One hash whoever is asked for", Tests: []string{contract + "TestOneHashIsComputedWhoeverIsAskedFor", users + "TestSignInCostsOneHashWhoeverIsNamed"}},
	{ID: "LG-03", What: "One budget an account, over names and routes", Tests: []string{abuse + "TestLG03", contract + "TestTenWrongPasswordsInARow", contract + "TestAPasswordChangeGuessesAtTheSameBudget"}},
	{ID: "LG-04", What: "Passwords wait, a factor locks after 100", Tests: []string{users + "TestWaitsGrow", users + "TestALockedFactorOpensByABackupCode", users + "TestResetOpensALockedFactor", users + "TestTheOnlyWayInIsNeverLocked"}},
	{
		ID: "LG-05", What: "Budgets per address and per account", Tests: []string{abuse + "TestLG05", contract + "TestThirtySignInTriesAMinuteFromAnAddress", limits + "TestAddressKey"},
		Waits: "an alarm over all failures (the chart's alert rules)",
	},
	{ID: "LG-06", What: "Unknown names have a budget too", Tests: []string{contract + "TestUnknownNamesHaveTheSameBudget"}},
	{ID: "LG-07", What: "A stranger can't lock the owner out", Tests: []string{contract + "TestADeviceThatSignedInBeforeKeepsItsOwnBudget"}},
	{ID: "LG-08", What: "Guesses at once outrun nothing", Tests: []string{contract + "TestWrongPasswordsAtOnceDoNotWidenTheBudget", users + "TestGuessesAtOnceDoNotOutrunTheBudget"}, Waits: severalPods},
	{ID: "LG-09", What: "Counters survive a crash", Tests: []string{e2e + "TestFailuresInARowSurviveAKill"}},
	{ID: "LG-10", What: "Success refills no address", Tests: []string{contract + "TestOwnSuccessDoesNotRefillAnAddress", auth + "TestSuccessRefillsNoAddress", contract + "TestSuccessClearsTheCountOfWrongPasswords"}},
	{ID: "LG-11", What: "429 and Retry-After; waiting that long is enough", Tests: []string{abuse + "TestLG11"}},
	{ID: "LG-12", What: "No default account, no admin by being first", Tests: []string{contract + "TestNobodyBecomesAdminByRegisteringFirst", contract + "TestTheVeryFirstAccountMayBeMadeThroughLynx", e2e + "TestTheConfiguredAdminIsNeverOverwrittenAndNobodyIsPromoted"}},
	{
		ID: "LG-13", What: "Sign-in by a code alone", Tests: []string{contract + "TestCodeSignInSwitchedOff", contract + "TestACodeAloneIsRefusedUnlookedAtWhileASecondFactorIsOn", contract + "TestACodeAloneSignsInWhereItIsNotRequired"},
		Note: "on by default, as legion's document has it; WATCHWORD_CODE_SIGNIN=false turns it off",
	},
	{ID: "LG-14", What: "A notice of a new device, and of a right password with a wrong code", Tests: []string{contract + "TestASignInOnANewDeviceIsMailedAbout", contract + "TestTheRightPasswordWithAWrongCodeIsMailedAbout", users + "TestANewDeviceIsToldAboutOnceAnHour"}},
}

var authenticators = []Row{
	{ID: "TO-01", What: "The RFCs' vectors", Tests: []string{totp + "TestRFC6238", totp + "TestRFC4226"}},
	{ID: "TO-02", What: "A code is accepted once", Tests: []string{contract + "TestACodeIsAcceptedOnce", contract + "TestACodeUsedManyTimesAtOnceIsAcceptedOnce"}},
	{ID: "TO-03", What: "The step that matched is known; nothing is trimmed", Tests: []string{totp + "TestMatchClock", totp + "TestMatchRefuses"}},
	{ID: "TO-04", What: "One step before and after", Tests: []string{totp + "TestMatchClock"}},
	{ID: "TO-05", What: "Secrets are random as a whole", Tests: []string{totp + "TestNewSecret"}},
	{ID: "TO-06", What: "Secrets are sealed for their account", Tests: []string{users + "TestSecretsAreStoredSealedOrHashed", secrets + "TestSealOpensForItsOwnerOnly"}},
	{ID: "TO-07", What: "One budget of wrong codes an account", Tests: []string{abuse + "TestTO07", contract + "TestFiveWrongCodesMakeEveryRouteWait", users + "TestCodesShareOneBudgetOverAllRoutes"}},
	{ID: "TO-08", What: "Enrolment: pending, proved, on", Tests: []string{
		contract + "TestNoNewSecretWhileAnAuthenticatorIsEnabled", contract + "TestANewSecretReplacesOneThatWaits",
		users + "TestACodeConfirmsOnlyTheAuthenticatorItBelongsTo", users + "TestOfManyConfirmationsOneWins", "services/users/internal/dialect/legion.TestConfirmInTime",
	}},
	{ID: "TO-09", What: "Enrolment and removal are the owner's, and mailed", Tests: []string{
		contract + "TestOTPSecretIsTheOwnersAlone", contract + "TestRemovingAnAuthenticator", contract + "TestEveryChangeNeedsTheCSRFToken", contract + "TestEnrolmentAndRemovalMailANotice",
	}},
	{ID: "TO-10", What: "Every way to a session asks for the second factor", Tests: []string{abuse + "TestTO10", contract + "TestASecondFactorIsAskedForThroughEveryDialect", auth + "TestIssueWantsBothFactors", contract + "TestAResetKeepsASecondFactorOfAVerifiedAccount", contract + "TestVerifyingSignsNobodyIn"}},
	{
		ID: "TO-11", What: "A challenge is good for its sign-in alone, once", Tests: []string{contract + "TestAChallengeIsItsOwnAccounts", contract + "TestAChallengeIsWorthNothingInAnotherDialect", contract + "TestOnlyAnAccessTokenIsABearerToken", auth + "TestChallengeIsMetOnce", auth + "TestChallengeTakesFiveTries"},
		Note: "not bound to a cookie: legion's document has none there",
	},
	{ID: "TO-12", What: "No name changes an otpauth URI", Tests: []string{totp + "FuzzURI"}},
}

var backupCodes = []Row{
	{ID: "BC-01", What: "Six codes of 12 letters and digits", Tests: []string{users + "TestBackupCodes", users + "TestLettersAreEquallyLikely"}},
	{ID: "BC-02", What: "Hashed under a key, each for its account", Tests: []string{users + "TestBackupCodes", "services/users/internal/mac.TestSumTellsOwnersTextsPurposesAndKeysApart"}},
	{ID: "BC-03", What: "Usable once, at once too", Tests: []string{abuse + "TestBC03", users + "TestBackupCodes"}},
	{
		ID: "BC-04", What: "One session, and a notice", Tests: []string{abuse + "TestBC04", users + "TestBackupCodes", users + "TestARecoveryIsToldToTheOwner"},
		Note: "lynx's document has a code switch the factor off; the other codes go with it",
	},
	{ID: "BC-06", What: "The budget is the authenticator's", Tests: []string{abuse + "TestBC06", users + "TestCodesShareOneBudgetOverAllRoutes"}},
}

var mailed = []Row{
	{ID: "RS-01", What: "Random, hashed, short-lived, one at a time, one purpose", Tests: []string{
		links + "TestNewWritesLetterAccountAndRandom", links + "TestATokenStandsForItsRecordUntilItLapses", links + "TestOneLivesAtATime",
		contract + "TestANewResetReplacesTheOld", contract + "TestMailedTokensServeTheirOwnPurposeOnly",
	}},
	{ID: "RS-02", What: "A reset works once, at once too", Tests: []string{contract + "TestAResetTokenUsedManyTimesAtOnceWorksOnce", users + "TestOneResetOfManyWins"}},
	{ID: "RS-03", What: "A reset ends all sessions, signs nobody in and keeps the second factor", Tests: []string{contract + "TestAResetSetsThePasswordAndEndsAllSessions", contract + "TestAResetKeepsASecondFactorOfAVerifiedAccount"}},
	{
		ID: "RS-04", What: "Asking for a reset looks the same for all", Tests: []string{contract + "TestAskingForAResetTellsNotWhetherTheAccountExists", auth + "TestUnknownAddressTakesTheSameSteps"},
		Note: "200; the mail is posted before the answer, for unknown addresses too, so that an outage looks the same",
	},
	{ID: "RS-05", What: "Mails are limited by recipient and by address", Tests: []string{contract + "TestThreeMailsAnHourToARecipientThatSomebodyAskedFor", contract + "TestSixtyMailsAnHourAskedForFromAnAddress", auth + "TestMailsAreLimitedByDay"}},
	{ID: "RS-06", What: "Links come from the configuration; reading spends nothing", Tests: []string{contract + "TestLinksComeFromTheConfigurationAlone", pages + "TestReadingChangesNothing"}},
	{ID: "RS-07", What: "No Referer tells the token, and the pages load nothing from elsewhere", Tests: []string{contract + "TestPagesHaveTheirOwnPolicy", pages + "TestPagesKeepTheTokenIn"}},
	{ID: "RS-08", What: "No order of steps sets a password without the mailed token", Tests: []string{abuse + "TestRS08"}},
	{ID: "RS-09", What: "Whoever registered another's address loses it", Tests: []string{contract + "TestAResetHealsAnAccountThatWasNeverVerified", contract + "TestAPendingAuthenticatorIsHealedToo", contract + "TestThisWasNotMeTakesTheAddressOffTheAccount", contract + "TestAResetHealsAnAccountThatAStrangerMade", contract + "TestTheOwnerOfAnAddressConfirmsNoStrangersPassword"}},
	{ID: "RS-10", What: "Only the mailed token verifies", Tests: []string{abuse + "TestRS10", contract + "TestMembersThatAreNobodysToSetAreNeverStored"}},
	{ID: "RS-11", What: "A change of the email can be undone", Tests: []string{
		contract + "TestAChangedEmailIsUnverifiedUntilConfirmed", contract + "TestResetsGoToTheLastVerifiedAddress", contract + "TestTheOldAddressGetsANoticeThatUndoesTheChange",
		contract + "TestChangesNeedACodeWhileASecondFactorIsOn",
	}, Note: "legion's PUT changes it at once and asks for no password; the old address keeps resets until the new one is confirmed"},
	{ID: "RS-12", What: "Tokens for an old address die", Tests: []string{contract + "TestTokensOfTheOldAddressDieWhenTheNewOneIsConfirmed", auth + "TestVerificationOfAnAddressThatChanged"}},
	{ID: "RS-13", What: "A username is no email, and looks like no other", Tests: []string{contract + "TestUsernameRule", users + "TestCheckUsername"}},
}
