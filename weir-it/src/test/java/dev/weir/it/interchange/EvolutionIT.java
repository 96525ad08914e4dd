package dev.weir.it.interchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.it.interchange.job.Journey;
import dev.weir.it.interchange.job.Numbers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What another version of a program makes of the state of the first: on Weir what it makes of it on Flink, errors too. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class EvolutionIT {
    private static final long MOVED_AT = 1000;

    @TempDir
    static Path cluster;

    private static FlinkCluster flink;
    private static Path jobJar;
    /** Of the first version, which Flink has run. */
    private static String savepoint;

    @TempDir
    Path dir;

    @BeforeAll
    static void stopTheFirstVersionOnFlink() throws Exception {
        flink = FlinkCluster.start(cluster, 2);
        jobJar = JobJar.of(cluster.resolve("job.jar"), Journey.class);
        String fields = "public long sum; public int visits; public String note;";
        try (Version first = Version.of(cluster, fields, "account.note = \"one\"", "account.note", "sums");
                Trip trip = new Trip(cluster)) {
            savepoint = trip.ride(
                    first.program(),
                    flink.place(jobJar, first.jar()),
                    2,
                    null,
                    MOVED_AT,
                    Departure.stop(SavepointFormatType.CANONICAL));
        }
    }

    @AfterAll
    static void stop() throws Exception {
        flink.close();
    }

    @Test
    void aFieldIsAddedAndOneRemoved() throws Exception {
        String fields = "public long added; public int visits; public long sum;";
        try (Version second = Version.of(dir, fields, "account.added++", "\" \" + account.added", "sums");
                Trip trip = new Trip(dir)) {
            trip.finish(second.program(), Place.WEIR, 3, savepoint, Numbers.COUNT, "", 0);
            List<String> expected = new ArrayList<>();
            for (long key = 0; key < Journey.KEYS; key++) {
                expected.add("account " + key + " " + Version.sum(key, Numbers.COUNT) + " "
                        + Numbers.COUNT / Journey.KEYS + " " + (Numbers.COUNT - MOVED_AT) / Journey.KEYS);
            }
            assertThat(accounts(trip)).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @Test
    @Tag("slow")
    void aFieldOfAnotherTypeIsRefusedAsByFlink() throws Exception {
        try (Version other = Version.of(dir, "public String sum; public int visits;", "", "\"\"", "sums")) {
            refusedAlike(other, "Can not set java.lang.String field");
        }
    }

    @Test
    @Tag("slow")
    void anotherSerializerIsRefusedAsByFlink() throws Exception {
        String fields = "private int hidden; public long sum; public int visits; public String note;";
        try (Version other = Version.of(dir, fields, "account.hidden++", "account.note", "sums")) {
            refusedAlike(other, "must not be incompatible with the old state serializer");
        }
    }

    @Test
    void stateThatNobodyClaimsIsRefusedAsByFlinkUnlessThatIsAllowed() throws Exception {
        try (Version other = Version.of(dir, "public long sum; public int visits;", "", "\"\"", "others")) {
            refusedAlike(other, "set the --allowNonRestoredState option");
            Place lenient = new Place("weir", new Configuration(Place.WEIR.configuration()));
            lenient.configuration().set(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE, true);
            try (Trip trip = new Trip(dir)) {
                trip.finish(other.program(), lenient, 1, savepoint, Numbers.COUNT, "", 0);
                assertThat(accounts(trip))
                        .hasSize(Journey.KEYS)
                        .doesNotContain("account 0 " + Version.sum(0, Numbers.COUNT) + " 200");
            }
        }
    }

    private void refusedAlike(Version version, String message) throws Exception {
        String onFlink = refusal(version, flink.place(jobJar, version.jar()));
        assertThat(refusal(version, Place.WEIR)).startsWith(onFlink).contains(message);
    }

    private static List<String> accounts(Trip trip) {
        return trip.desk().lines().stream()
                .filter(line -> line.startsWith("account"))
                .toList();
    }

    /** The message of what a version fails of that goes on from the savepoint. */
    private String refusal(Version version, Place place) throws Exception {
        try (Trip trip = new Trip(dir)) {
            trip.desk().open(Numbers.COUNT);
            trip.start(version.program(), place, 1, savepoint)
                    .getJobExecutionResult()
                    .get();
        } catch (Exception e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            // on Flink it has come as text
            String text =
                    ExceptionUtils.stringifyException(root).lines().findFirst().orElseThrow();
            return text.replaceAll("@[0-9a-f]+", "@");
        }
        throw new AssertionError("the job was not refused on " + place.name());
    }
}
