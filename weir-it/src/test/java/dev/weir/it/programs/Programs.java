package dev.weir.it.programs;

import dev.weir.it.harness.Program;
import java.util.List;
import java.util.stream.Stream;

/** All programs of the suite. */
public final class Programs {
    private Programs() {}

    public static List<Program> all() {
        return Stream.of(
                        Transformations.programs(),
                        Partitioning.programs(),
                        Timers.programs(),
                        Windows.programs(),
                        Triggers.programs(),
                        Joins.programs(),
                        Connected.programs(),
                        Sources.programs(),
                        Sinks.programs(),
                        States.programs(),
                        AsyncStates.programs(),
                        AsyncIo.programs(),
                        Mutations.programs(),
                        Failures.programs(),
                        Cancellations.programs(),
                        Clients.programs(),
                        Extremes.programs(),
                        StreamsV2.programs(),
                        BatchMode.programs(),
                        Watermarks.programs(),
                        Operators.programs())
                .flatMap(List::stream)
                .toList();
    }
}
