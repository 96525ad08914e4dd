package dev.weir.engine.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.checkpoint.CheckpointKind;
import dev.weir.engine.checkpoint.CheckpointOptions;
import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.engine.checkpoint.CheckpointStatistics.Checkpoint;
import dev.weir.engine.checkpoint.CheckpointStatistics.Status;
import dev.weir.engine.checkpoint.CheckpointStatistics.SubtaskRow;
import dev.weir.engine.checkpoint.CheckpointStatistics.Vertex;
import dev.weir.engine.checkpoint.Figures;
import dev.weir.engine.checkpoint.PostCheckpointAction;
import dev.weir.engine.checkpoint.SubtaskMetrics;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SlowPartTest {
    private static SubtaskRow row(int index, long delay, long alignment, long sync, long async) {
        long millis = delay + alignment + sync + async;
        long nanos = 1_000_000;
        return new SubtaskRow(
                index,
                1_000 + millis,
                millis,
                false,
                new SubtaskMetrics(delay * nanos, alignment * nanos, 0, 0, sync * nanos, async * nanos, 0, 0, false));
    }

    private static Checkpoint checkpoint(long id, Status status, SubtaskRow... rows) {
        return new Checkpoint(
                id,
                new CheckpointOptions(
                        CheckpointKind.CHECKPOINT,
                        PostCheckpointAction.NONE,
                        CheckpointOptions.Alignment.ALIGNED,
                        Long.MAX_VALUE),
                status,
                1_000,
                status == Status.IN_PROGRESS ? -1 : 9_000,
                null,
                -1,
                null,
                List.of(new Vertex(0, "map", rows.length, Arrays.asList(rows))));
    }

    private static CheckpointStatistics known(Checkpoint... history) {
        Figures none = Figures.of(new long[0]);
        return new CheckpointStatistics(
                new CheckpointStatistics.Counts(0, history.length, 0, history.length, 0),
                new CheckpointStatistics.Summary(none, none, none, none, none),
                List.of(history),
                null,
                null,
                null,
                null);
    }

    @Test
    void whatTheLatestWaitedForLongest() {
        assertThat(SlowPart.of(known(
                        checkpoint(3, Status.IN_PROGRESS, row(0, 9_000, 0, 0, 0)),
                        checkpoint(2, Status.COMPLETED, row(0, 10, 0, 5, 100), row(1, 10, 0, 700, 100)),
                        checkpoint(1, Status.COMPLETED, row(0, 10, 0, 5, 800), row(1, 10, 0, 900, 100)))))
                .contains(new SlowPart("map", 1, SlowPart.Part.SYNC, 800, 910, 2));
    }

    @Test
    void eachPartMayBeIt() {
        assertThat(SlowPart.of(known(checkpoint(1, Status.COMPLETED, row(0, 600, 10, 1, 1)))))
                .get()
                .extracting(SlowPart::part)
                .isEqualTo(SlowPart.Part.START_DELAY);
        assertThat(SlowPart.of(known(checkpoint(1, Status.COMPLETED, row(0, 6, 800, 1, 1)))))
                .get()
                .extracting(SlowPart::part)
                .isEqualTo(SlowPart.Part.ALIGNMENT);
        assertThat(SlowPart.of(known(checkpoint(1, Status.COMPLETED, row(0, 6, 8, 1, 1_000)))))
                .get()
                .extracting(SlowPart::part)
                .isEqualTo(SlowPart.Part.ASYNC);
    }

    @Test
    void whatIsItsOwnComesBeforeWhatOthersCause() {
        assertThat(SlowPart.of(known(checkpoint(1, Status.COMPLETED, row(0, 700, 0, 0, 0), row(1, 0, 0, 700, 0)))))
                .contains(new SlowPart("map", 1, SlowPart.Part.SYNC, 700, 700, 1));
    }

    @Test
    void fastOnesAndThoseOfLongAgoDoNotMatter() {
        assertThat(SlowPart.of(known())).isEmpty();
        assertThat(SlowPart.of(known(checkpoint(1, Status.COMPLETED, row(0, 100, 100, 100, 199)))))
                .isEmpty();
        assertThat(SlowPart.of(known(LongStream.rangeClosed(1, 6)
                        .mapToObj(i -> checkpoint(7 - i, Status.COMPLETED, row(0, 0, 0, i == 6 ? 90_000 : 10, 0)))
                        .toArray(Checkpoint[]::new))))
                .isEmpty();
        assertThat(SlowPart.of(known(checkpoint(1, Status.FAILED, row(0, 0, 0, 9_000, 0)))))
                .isEmpty();
    }
}
