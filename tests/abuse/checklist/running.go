package checklist

var mail = []Row{
	{ID: "ML-01", What: "A change and its mail are one write", Tests: []string{users + "TestWhatCouldNotBeToldIsToldLater", e2e + "TestNothingThatWasAcknowledgedIsLostByAKill", kill + "TestOneProcess", kill + "TestServices"}},
	{ID: "ML-02", What: "Delivered at least once, seldom twice", Tests: []string{mailer + "TestProcessDiesWhileSending", mailer + "TestKeyIsTakenOnce", mailer + "TestGivenUpAfterADay", "services/mailer.TestManyWorkersSendEachMailOnce", e2e + "TestQueuedMailIsDeliveredAfterAKill"}},
	{ID: "ML-03", What: "No text becomes a header or a recipient", Tests: []string{"services/mailer/internal/send/smtp.FuzzHeaders", mailer + "TestAddresses"}},
	{ID: "ML-04", What: "Values are shown literally", Tests: []string{"services/mailer/internal/render.TestValuesAreShownLiterally"}},
	{ID: "ML-05", What: "No secret but the link's token, and that is never logged", Tests: []string{contract + "TestWhatIsLoggedOfASecretIsNothing", mailer + "TestNothingLeaks"}},
	{ID: "ML-06", What: "TLS that can't be stripped", Tests: []string{"services/mailer/internal/send/smtp.TestTLS", "services/mailer/internal/send/smtp.TestPasswordWithoutTLS", "services/mailer/internal/send/smtp.TestSilentServer"}},
	{ID: "ML-07", What: "Without mail, sign-in goes on", Tests: []string{down + "TestWithoutSMTP", down + "TestWithoutMailer", mailer + "TestBacklogIsObserved"}},
}

var logs = []Row{
	{ID: "LO-01", What: "One event, one line", Tests: []string{abuse + "TestLO01", "pkg/telemetry.FuzzOneEventIsOneLine"}},
	{ID: "LO-02", What: "No secret in logs, mails, metrics, stores", Tests: []string{contract + "TestWhatIsLoggedOfASecretIsNothing", contract + "TestQueriesAndNamesOfClientsAreNeverLogged", contract + "TestStoresHoldNoSecretThatWorks", contract + "TestMetricsAreThoseThatAreListed", secrets + "TestSecretsHideInLogs"}},
	{
		ID: "LO-03", What: "Every event at the door is told", Tests: []string{abuse + "TestLO03", contract + "TestMetricsCountWhatHappened"},
		Waits: "account and client in the line: it has time, route, status, reason and request id, and names the account at a reuse only",
	},
	{ID: "LO-04", What: "Labels are bounded", Tests: []string{contract + "TestLabelsAreBounded", web + "TestMetricsAreBounded"}},
	{ID: "LO-05", What: "No internals in an answer", Tests: []string{contract + "TestNoAnswerTellsInternals", down + "TestWithoutMongoDB", down + "TestWithoutRedis", web + "TestEveryAnswerHasItsHeadersAndNoInternals"}},
	{ID: "LO-06", What: "Operators' pages are on no public listener", Tests: []string{abuse + "TestLO06"}, Waits: deployment},
}

var resilience = []Row{
	{ID: "RE-01", What: "Every call out has a deadline", Tests: []string{calls + "TestTryIsShorterThanTheCallersDeadline", calls + "TestRepeatingEndsWithTheCallersDeadline", down + "TestWithoutMongoDB", down + "TestWithoutRedis", "services/mailer/internal/send/smtp.TestSilentServer"}},
	{ID: "RE-02", What: "An outage allows nothing", Tests: []string{live + "TestAnOutageIsNeverARefusal", limits + "TestAnOutageNeverAllows", links + "TestAnOutageIsNeverARefusal", users + "TestAnOutageIsNeverAWrongPassword", down + "TestWithoutRedis"}},
	{ID: "RE-03", What: "kill -9 loses nothing that was acknowledged", Tests: []string{kill + "TestOneProcess", kill + "TestServices"}},
	{ID: "RE-04", What: "Nothing is right only within one process", Waits: severalPods},
	{ID: "RE-05", What: "Majority writes, unique indexes, one retry", Tests: []string{"pkg/mongodb.TestEnsureIndexes", "services/users/internal/store/mongo.TestStore"}, Waits: "a replica set to step down"},
}

var papers = []Row{
	{ID: "SC-01", What: "No known vulnerability", By: ".ci/vulncheck"},
	{ID: "SC-02", What: "Bill of materials, images that build alike", Waits: "the images"},
	{ID: "SC-03", What: "How to report, and the model of threats", By: "SECURITY.md", Waits: "the model of threats and security-insights.yml"},
	{ID: "SC-04", What: "Peers' failures beside our tests", Waits: "its table, and mutants"},
}
