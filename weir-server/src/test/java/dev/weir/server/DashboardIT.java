package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import dev.weir.testing.wait.Waits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;

/** The dashboard in a browser, beside the REST interface: the same values, no request fails, the console is silent. */
class DashboardIT extends BrowserTests {
    /** What a job may be called that wants to be more than text. */
    private static final String HOSTILE = "<img src=x onerror=\"document.title='owned'\">&amp;";

    @Override
    Configuration configuration() {
        Configuration configuration = new Configuration()
                .set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(48))
                .set(TaskManagerOptions.TASK_HEAP_MEMORY, MemorySize.ofMebiBytes(96));
        configuration.setString("s3.secret-key", "hidden-1");
        return configuration;
    }

    private JsonNode json(String path) throws Exception {
        return new Http(jobs.server.url()).json(path);
    }

    /** Opens a page and returns when it shows what is awaited of its text. */
    private void open(String page, String awaited) throws Exception {
        browser.open(jobs.server.url() + "#" + page);
        browser.await("document.getElementById('main').textContent.includes(" + quoted(awaited) + ")");
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }

    private void assertNoTrouble() throws Exception {
        browser.awaitQuiet();
        assertThat(browser.troubles()).isEmpty();
        assertThat(browser.requests()).allMatch(url -> url.startsWith(jobs.server.url()) || url.equals("about:blank"));
    }

    /** A job with branches and an edge past a column, which has come to its end. */
    private WeirJob finished() throws Exception {
        WeirJob job = branching(HOSTILE, HOSTILE, 12_345);
        job.result().get();
        return job;
    }

    private WeirJob branching(String jobName, String branch, long records) throws Exception {
        StreamExecutionEnvironment env = new StreamExecutionEnvironment(jobs.configuration);
        env.setParallelism(2);
        DataStream<Long> numbers = env.fromSequence(1, records);
        DataStream<Long> first =
                numbers.keyBy(value -> value % 7).map(DashboardIT::mixed).name(branch);
        DataStream<Long> second =
                numbers.rebalance().filter(value -> value % 3 == 0).name("thirds");
        numbers.union(first, second)
                .keyBy(value -> value % 5)
                .map(value -> value)
                .name("all of them")
                .sinkTo(new DiscardingSink<>());
        var graph = env.getStreamGraph();
        graph.setJobName(jobName);
        return jobs.session.submit(graph, getClass().getClassLoader());
    }

    /** Takes its time. */
    private static long mixed(long value) {
        long mixed = value;
        for (int i = 0; i < 5_000; i++) {
            mixed = mixed * 31 + i;
        }
        return mixed;
    }

    /** On a dataflow with a branch that is slower than what feeds it. */
    private void awaitHeldUp() throws Exception {
        browser.await("[...document.querySelectorAll('#vertices tbody tr')]"
                + ".some(row => /LOW|HIGH/.test(row.cells[6].textContent))"
                + " && document.querySelector('#dataflow .held') !== null");
    }

    private static String count(JsonNode number) {
        return String.format(Locale.ROOT, "%,d", number.asLong());
    }

    @Test
    void jobsAreListedAndTheirNamesAreText() throws Exception {
        WeirJob ended = finished();
        WeirJob running = jobs.start("numbers");
        open("/", "numbers");

        List<List<String>> rows = browser.table("jobs");
        assertThat(rows).hasSize(2);
        assertThat(rows.get(0))
                .contains("numbers", "RUNNING", "4 of 4 run", running.jobId().toString());
        assertThat(rows.get(1)).contains(HOSTILE, "FINISHED", ended.jobId().toString());
        browser.picture("jobs");
        open("/jobs/" + ended.jobId(), "all of them");
        assertThat(browser.evaluate("document.querySelector('h1').firstChild.data")
                        .asText())
                .isEqualTo(HOSTILE);
        assertThat(browser.evaluate("document.images.length").asInt()).isZero();
        assertThat(browser.evaluate("document.title").asText()).isEqualTo(HOSTILE + " – Weir");
        assertNoTrouble();
    }

    @Test
    void theDataflowOfAnEndedJobHasTheCountsOfRest() throws Exception {
        WeirJob job = finished();
        JsonNode details = json("/jobs/" + job.jobId());
        open("/jobs/" + job.jobId(), "all of them");

        List<List<String>> expected = new ArrayList<>();
        int edges = 0;
        for (JsonNode vertex : details.get("vertices")) {
            JsonNode metrics = vertex.get("metrics");
            expected.add(List.of(
                    vertex.get("name").asText(),
                    "FINISHED",
                    count(metrics.get("read-records")),
                    count(metrics.get("write-records"))));
        }
        for (JsonNode node : details.get("plan").get("nodes")) {
            edges += node.path("inputs").size();
        }
        assertThat(browser.table("vertices").stream()
                        .map(row -> List.of(row.get(0), row.get(1), row.get(7), row.get(8))))
                .containsExactlyElementsOf(expected);
        assertThat(expected.toString()).contains("12,345");
        assertThat(browser.evaluate("document.querySelectorAll('#dataflow a').length")
                        .asInt())
                .isEqualTo(expected.size());
        assertThat(browser.evaluate("document.querySelectorAll('#dataflow .edge').length")
                        .asInt())
                .isEqualTo(edges)
                .isEqualTo(5);
        // left to right
        assertThat(browser.evaluate("[...document.querySelectorAll('#dataflow .edge')].every(edge =>"
                                + " edge.getPointAtLength(0).x < edge.getPointAtLength(edge.getTotalLength()).x)")
                        .asBoolean())
                .isTrue();
        browser.picture("dataflow-ended");
        assertNoTrouble();
    }

    @Test
    void theSubtasksOfAnEndedVertexHaveTheCountsOfRest() throws Exception {
        WeirJob job = finished();
        String vertex = job.jobGraph()
                .getVerticesSortedTopologicallyFromSources()
                .get(1)
                .getID()
                .toString();
        JsonNode details = json("/jobs/" + job.jobId() + "/vertices/" + vertex);
        open("/jobs/" + job.jobId() + "/vertices/" + vertex, "Skew");

        List<List<String>> expected = new ArrayList<>();
        long sum = 0;
        long most = 0;
        for (JsonNode subtask : details.get("subtasks")) {
            JsonNode read = subtask.get("metrics").get("read-records");
            expected.add(List.of(
                    subtask.get("subtask").asText(),
                    "FINISHED",
                    "0",
                    count(read),
                    count(subtask.get("metrics").get("write-records"))));
            sum += read.asLong();
            most = Math.max(most, read.asLong());
        }
        assertThat(browser.table("subtasks").stream().map(row -> row.subList(0, 5)))
                .containsExactlyElementsOf(expected);
        assertThat(browser.evaluate("document.getElementById('vertex').textContent")
                        .asText())
                .contains("Skew of records in" + String.format(Locale.ROOT, "%.2f", most * 2.0 / sum));
        assertNoTrouble();
    }

    @Test
    void aRunningJobShowsLoadAndRates() throws Exception {
        WeirJob job = branching("orders", "prices", Long.MAX_VALUE);
        open("/jobs/" + job.jobId(), "prices");
        browser.await("[...document.querySelectorAll('#dataflow .rate')].length === 5 &&"
                + " [...document.querySelectorAll('#dataflow .rate')]"
                + ".every(rate => /^(of )?[0-9,.]+\\/s$/.test(rate.textContent))");
        browser.await(
                "[...document.querySelectorAll('#vertices tbody tr')]"
                        + ".every(row => /[0-9] %/.test(row.cells[3].textContent) && /OK|LOW|HIGH/.test(row.cells[6].textContent))");

        awaitHeldUp();
        browser.picture("dataflow-light");
        browser.looks(1280, 900, true);
        browser.picture("dataflow-dark");
        browser.looks(420, 900, false);
        browser.picture("dataflow-small");
        String vertex = job.jobGraph().getVerticesAsArray()[0].getID().toString();
        open("/jobs/" + job.jobId() + "/vertices/" + vertex, "Skew");
        browser.await("/^[0-9,]+\\/s$/.test(document.querySelector('#subtasks tbody tr').cells[5].textContent + '')"
                + " || /^[0-9,]+\\/s$/.test(document.querySelector('#subtasks tbody tr').cells[6].textContent)");
        browser.picture("vertex-small");
        assertNoTrouble();
    }

    @Test
    void checkpointsHaveTheFiguresOfRest() throws Exception {
        WeirJob job = jobs.start("numbers");
        job.checkpoint(false).get();
        job.savepoint(directory.toUri().toString(), SavepointFormatType.CANONICAL)
                .get();
        job.checkpoint(false).get();
        String at = "/jobs/" + job.jobId() + "/checkpoints";
        open(at, "Checkpoint 3");

        assertThat(browser.table("history").stream().map(row -> row.subList(0, 3)))
                .containsExactly(
                        List.of("3", "COMPLETED", "checkpoint"),
                        List.of("2", "COMPLETED", "savepoint"),
                        List.of("1", "COMPLETED", "checkpoint"));
        assertThat(browser.evaluate("document.getElementById('counts').textContent")
                        .asText())
                .startsWith("Completed3Failed0");
        assertThat(browser.table("timeline")).containsExactlyElementsOf(timeline(job, 3));
        assertThat(browser.table("percentiles").get(0).get(1))
                .isEqualTo(duration(json(at).get("summary")
                        .get("end_to_end_duration")
                        .get("min")
                        .asLong()));
        assertThat(browser.evaluate("document.querySelectorAll('#sizes .dot.full').length")
                        .asInt())
                .isEqualTo(3);
        browser.picture("checkpoints-light");
        browser.looks(1280, 900, true);
        browser.picture("checkpoints-dark");

        open(at + "/1", "Checkpoint 1");
        assertThat(browser.table("timeline")).containsExactlyElementsOf(timeline(job, 1));
        assertNoTrouble();
    }

    @Test
    void aFailedCheckpointIsToldWithItsReason() throws Exception {
        WeirJob job = jobs.start("numbers");
        job.checkpoint(false).get();
        Path file = Files.writeString(directory.resolve("file"), "no directory");
        assertThat(job.savepoint(file.toUri().toString(), SavepointFormatType.CANONICAL))
                .failsWithin(Duration.ofSeconds(30));
        String at = "/jobs/" + job.jobId() + "/checkpoints";
        JsonNode failed = json(at).get("history").get(0);
        open(at, "FAILED");

        List<String> row = browser.table("history").get(0);
        assertThat(row.subList(0, 3)).containsExactly(failed.get("id").asText(), "FAILED", "savepoint");
        assertThat(row.get(8))
                .isNotEmpty()
                .isEqualTo(failed.get("failure_message").asText());
        assertThat(browser.evaluate("document.querySelectorAll('#sizes .cross').length")
                        .asInt())
                .isEqualTo(1);
        browser.picture("checkpoint-failed");
        assertNoTrouble();
    }

    /** What the table says, made from REST. */
    private List<List<String>> timeline(WeirJob job, int checkpoint) throws Exception {
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode vertex : json("/jobs/" + job.jobId()).get("vertices")) {
            JsonNode subtasks = json("/jobs/" + job.jobId() + "/checkpoints/details/" + checkpoint + "/subtasks/"
                            + vertex.get("id").asText())
                    .get("subtasks");
            for (JsonNode subtask : subtasks) {
                long delay = subtask.get("start_delay").asLong();
                long alignment = subtask.get("alignment").get("duration").asLong();
                long sync = subtask.get("checkpoint").get("sync").asLong();
                long async = subtask.get("checkpoint").get("async").asLong();
                long all = subtask.get("end_to_end_duration").asLong();
                rows.add(List.of(
                        vertex.get("name").asText(),
                        subtask.get("index").asText(),
                        String.format(
                                "%s%s%s%s%s",
                                bar("start delay", delay),
                                bar("alignment", alignment),
                                bar("sync", sync),
                                bar("async", async),
                                bar("unattributed", all - delay - alignment - sync - async)),
                        duration(delay),
                        duration(alignment),
                        duration(sync),
                        duration(async),
                        duration(Math.max(0, all - delay - alignment - sync - async)),
                        duration(all),
                        bytes(subtask.get("checkpointed_size").asLong()),
                        bytes(subtask.get("state_size").asLong())));
            }
        }
        return rows;
    }

    private static String bar(String name, long millis) {
        return millis <= 0 ? "" : name + " " + duration(millis);
    }

    private static String duration(long millis) {
        assertThat(millis).as("longer than a test takes").isLessThan(60_000);
        return millis < 1_000
                ? millis + " ms"
                : String.format(Locale.ROOT, "%.2f", millis / 1_000.0).replaceAll("\\.?0+$", "") + " s";
    }

    private static String bytes(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        double kilobytes = bytes / 1024.0;
        assertThat(kilobytes).as("more than a test writes").isLessThan(1024);
        return String.format(Locale.ROOT, kilobytes < 10 ? "%.2f kB" : "%.1f kB", kilobytes);
    }

    @Test
    void failuresAreOnATimeAxisWithTheirReasons() throws Exception {
        WeirJob job = jobs.start("numbers");
        job.checkpoint(false).get();
        jobs.fail();
        // after a restart a periodic checkpoint is due at once
        while (job.checkpoints().orElseThrow().counts().completed() < 2) {
            Waits.aMoment();
        }
        JsonNode entry = json("/jobs/" + job.jobId() + "/exceptions")
                .get("exceptionHistory")
                .get("entries")
                .get(0);
        open("/jobs/" + job.jobId() + "/failures", "IllegalStateException");

        List<List<String>> rows = browser.table("exceptions");
        assertThat(rows).hasSize(1);
        assertThat(rows.get(0).subList(1, 3))
                .containsExactly(
                        entry.get("exceptionName").asText(),
                        entry.get("taskName").asText());
        assertThat(rows.get(0).get(4))
                .contains("told to fail", entry.get("stacktrace").asText());
        assertThat(browser.evaluate("document.querySelectorAll('#axis .mark.failed').length")
                        .asInt())
                .isEqualTo(1);
        assertThat(browser.evaluate("document.querySelectorAll('#axis .mark.written').length")
                        .asInt())
                .isEqualTo(2);
        browser.await("document.getElementById('failures').textContent.includes('Restarts1')");
        browser.picture("failures");
        assertNoTrouble();
    }

    @Test
    void memoryIsBudgetAndUse() throws Exception {
        JsonNode process = json("/taskmanagers/weir");
        open("/memory", "Managed");

        List<List<String>> rows = browser.table("budgets");
        assertThat(rows).hasSize(8);
        assertThat(rows).contains(List.of("Managed", "48.0 MB", "33 %"), List.of("Task heap", "96.0 MB", "67 %"));
        List<List<String>> uses = browser.table("uses");
        long heap = process.get("metrics").get("heapMax").asLong();
        assertThat(uses.get(0).get(0)).isEqualTo("Heap");
        assertThat(uses.get(0).get(3)).isEqualTo(String.format(Locale.ROOT, "%.2f GB", heap / (1024.0 * 1024 * 1024)));
        assertThat(uses.get(0).get(2)).matches("[0-9.]+ MB");
        browser.picture("memory");
        assertNoTrouble();
    }

    @Test
    void configurationHasVerdictsAndNoSecrets() throws Exception {
        JsonNode told = json("/weir/config");
        open("/configuration", "s3.secret-key");

        List<List<String>> expected = new ArrayList<>();
        for (JsonNode option : told.get("options")) {
            expected.add(List.of(
                    option.get("key").asText(),
                    option.get("value").asText(),
                    option.get("verdict").asText(),
                    option.get("reason").asText()));
        }
        assertThat(browser.table("options")).containsExactlyElementsOf(expected);
        assertThat(browser.table("verdicts")).hasSameSizeAs(told.get("verdicts"));
        assertThat(browser.evaluate("document.body.textContent").asText()).doesNotContain("hidden-");
        browser.picture("configuration");
        assertNoTrouble();
    }

    /** What the page itself was answered: looks at stacks differ from one to the next. */
    private JsonNode answered(String path) throws Exception {
        String address = quoted(path);
        browser.await("window.answers?.[" + address + "] !== undefined");
        return new ObjectMapper()
                .readTree(browser.evaluate("window.answers[" + address + "]").asText());
    }

    private void keepAnswers() throws Exception {
        browser.ask(
                "Page.addScriptToEvaluateOnNewDocument",
                Map.of(
                        "source",
                        "window.answers = {}; const real = window.fetch; window.fetch = async (path, options) => {"
                                + " const answer = await real(path, options);"
                                + " window.answers[path] = await answer.clone().text(); return answer; };"));
    }

    @Test
    void whatHoldsAJobUpIsNamedAsRestNamesIt() throws Exception {
        WeirJob job = branching("orders", "prices", Long.MAX_VALUE);
        open("/jobs/" + job.jobId(), "prices");
        awaitHeldUp();
        keepAnswers();
        open("/jobs/" + job.jobId() + "/why", "Looked at once");
        JsonNode diagnosis = answered("weir/jobs/" + job.jobId() + "/why");

        List<String> culprits = new ArrayList<>();
        diagnosis.get("culprits").forEach(each -> culprits.add(each.get("name").asText()));
        assertThat(culprits).isNotEmpty();
        assertThat(browser.evaluate("document.getElementById('verdict').textContent")
                        .asText())
                .startsWith(String.join(", ", culprits) + ": ");
        for (int i = 0; i < diagnosis.get("culprits").size(); i++) {
            JsonNode shares = diagnosis.get("culprits").get(i).get("profile").get("shares");
            assertThat(browser.table("activities-" + i)).hasSameSizeAs(shares);
            assertThat(browser.evaluate("document.querySelectorAll('#reasons-" + i + " li').length")
                            .asInt())
                    .isEqualTo(diagnosis.get("culprits").get(i).get("reasons").size());
        }
        browser.picture("why");
        assertNoTrouble();
    }

    @Test
    void aFlameGraphIsDrawnOfItsStacks() throws Exception {
        jobs.close();
        jobs = new RunningJobs(new Configuration().set(RestOptions.ENABLE_FLAMEGRAPH, true), directory);
        WeirJob job = jobs.start("numbers");
        keepAnswers();
        String vertex = job.jobGraph().getVerticesAsArray()[0].getID().toString();
        open("/jobs/" + job.jobId() + "/vertices/" + vertex + "/on_cpu", "stacks until");
        JsonNode root = answered("jobs/" + job.jobId() + "/vertices/" + vertex + "/flamegraph?type=on_cpu")
                .get("data");

        assertThat(browser.evaluate("document.querySelector('#flame title').textContent")
                        .asText())
                .startsWith(root.get("name").asText() + ": " + count(root.get("value")) + " stacks");
        assertThat(browser.evaluate("document.querySelectorAll('#flame rect').length")
                        .asInt())
                .isGreaterThan(10);
        assertThat(browser.evaluate(
                                "[...document.querySelectorAll('#flame title')].map(each => each.textContent).join()")
                        .asText())
                .contains("dev.weir.engine.task.TaskLoop");
        assertThat(browser.table("frames")).isNotEmpty();
        browser.picture("flame");
        assertNoTrouble();
    }

    @Test
    void whereFlameGraphsAreOffTheirPlaceSaysSo() throws Exception {
        WeirJob job = jobs.start("numbers");
        open(
                "/jobs/" + job.jobId() + "/vertices/"
                        + job.jobGraph().getVerticesAsArray()[0].getID(),
                "Flame graph");

        assertThat(browser.evaluate("document.getElementById('flame-none').textContent")
                        .asText())
                .contains("-D rest.flamegraph.enabled=true");
        assertNoTrouble();
    }

    @Test
    void aKeyboardIsEnough() throws Exception {
        WeirJob job = jobs.start("numbers");
        open("/", "numbers");
        tabTo("document.activeElement.textContent === 'numbers'");
        // what is shown anew every other second keeps the focus
        browser.await("(window.first ??= document.getElementById('updated').textContent)"
                + " !== document.getElementById('updated').textContent");
        assertThat(browser.evaluate("document.activeElement.textContent").asText())
                .isEqualTo("numbers");
        browser.press("Enter");
        browser.await("document.querySelector('#dataflow') !== null");
        tabTo("document.activeElement.closest('#dataflow') !== null");
        assertThat(browser.evaluate("document.activeElement.getAttribute('aria-label')")
                        .asText())
                .contains("parallelism 2", "RUNNING");
        browser.press("Enter");
        browser.await("document.querySelector('#subtasks') !== null");
        assertThat(browser.evaluate("location.hash").asText()).startsWith("#/jobs/" + job.jobId() + "/vertices/");
        assertNoTrouble();
    }

    private void tabTo(String expression) throws Exception {
        for (int i = 0; i < 30; i++) {
            browser.press("Tab");
            if (browser.evaluate(expression).asBoolean()) {
                return;
            }
        }
        throw new AssertionError("no key leads to " + expression);
    }

    @Test
    void whatIsOldIsSaidToBeOld() throws Exception {
        jobs.start("numbers");
        open("/", "numbers");
        assertThat(browser.evaluate("document.getElementById('stale').hidden").asBoolean())
                .isTrue();
        assertNoTrouble();

        jobs.close();

        browser.await("document.getElementById('stale').textContent.startsWith('The server does not answer.')"
                + " && !document.getElementById('stale').hidden");
        assertThat(browser.table("jobs")).hasSize(1);
        browser.picture("stale");
    }
}
