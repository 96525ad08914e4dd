package dev.weir.it.interchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.it.interchange.job.Journey;
import dev.weir.it.interchange.job.Numbers;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.execution.SavepointFormatType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A running job with state of every kind goes from Flink to Weir and back, at other parallelisms, and loses nothing. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class InterchangeIT {
    /** In the midst of the first windows, sessions, timers and calls. */
    private static final long FIRST = 700;
    /** In the midst of the late splits. */
    private static final long SECOND = 2900;
    /** Where the last run waits for the timers of processing time, which fire only while it runs. */
    private static final long LAST = 3950;

    private static final Trip.Program JOURNEY = new Trip.Program(InterchangeIT.class.getClassLoader(), Journey::build);
    private static final Departure STOP = Departure.stop(SavepointFormatType.CANONICAL);

    @TempDir
    static Path cluster;

    private static FlinkCluster processes;
    private static Place flink;

    @TempDir
    Path dir;

    @BeforeAll
    static void start() throws Exception {
        processes = FlinkCluster.start(cluster, 3);
        flink = processes.place(JobJar.of(cluster.resolve("job.jar"), Journey.class));
    }

    @AfterAll
    static void stop() throws Exception {
        processes.close();
    }

    @Test
    void fromFlinkToWeirAndBack() throws Exception {
        moves(flink, STOP, Place.WEIR, STOP, flink);
    }

    @Test
    @Tag("slow")
    void fromWeirToFlinkAndBack() throws Exception {
        moves(Place.WEIR, STOP, flink, STOP, Place.WEIR);
    }

    @Test
    void aCheckpointThatFlinkKeptIsGoneOnWithOnWeir() throws Exception {
        moves(flink, Departure.cancel(), Place.WEIR, Departure.cancel(), Place.WEIR);
    }

    @Test
    @Tag("slow")
    void aNativeSavepointOfFlinkIsGoneOnWithOnWeir() throws Exception {
        Departure stop = Departure.stop(SavepointFormatType.NATIVE);
        moves(flink, stop, Place.WEIR, stop, Place.WEIR);
    }

    private void moves(Place first, Departure one, Place second, Departure other, Place third) throws Exception {
        try (Trip trip = new Trip(dir)) {
            String begun = trip.ride(JOURNEY, first, 2, null, FIRST, one);
            assertThat(trip.desk().lines())
                    .as("calls that are not answered yet")
                    .doesNotContain("call 613", "call 693");
            String further = trip.ride(JOURNEY, second, 3, begun, SECOND, other);
            trip.finish(JOURNEY, third, 1, further, LAST, "processing-time timer", Journey.KEYS);
            check(trip.desk().lines());
        }
    }

    private static void check(List<String> lines) {
        assertThat(lines.stream().filter(line -> !isPart(line)).toList())
                .containsExactlyInAnyOrderElementsOf(Expected.lines());
        assertThat(sum(lines, "listed ")).as("counts in list state").isEqualTo(Numbers.COUNT);
        assertThat(sum(lines, "united ")).as("counts in union state").isEqualTo(Numbers.COUNT);
        assertThat(sum(lines, "written "))
                .as("counts of the sink's writers")
                .isEqualTo(lines.stream()
                        .filter(line -> !line.startsWith("written "))
                        .count());
    }

    private static boolean isPart(String line) {
        return line.startsWith("listed ") || line.startsWith("united ") || line.startsWith("written ");
    }

    private static long sum(List<String> lines, String prefix) {
        return lines.stream()
                .filter(line -> line.startsWith(prefix))
                .mapToLong(line -> Long.parseLong(line.substring(prefix.length())))
                .sum();
    }
}
