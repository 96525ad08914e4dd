package dev.weir.cli;

import dev.weir.cli.control.Views.Info;
import dev.weir.cli.control.Views.InfoOfVertex;
import dev.weir.cli.control.Views.Job;
import dev.weir.cli.control.Views.LatestCheckpoint;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code weir info}: one job on a screen. */
final class InfoCommand {
    private InfoCommand() {}

    static void print(Info info, long pid, long nowMillis, PrintStream out) {
        Job job = info.job();
        line(out, "job", job.name());
        line(out, "id", job.id());
        line(out, "key", job.key());
        line(out, "state", job.state() + " since " + JobCommands.time(job.sinceMillis()));
        long end = info.endMillis() < 0 ? nowMillis : info.endMillis();
        line(out, "started", JobCommands.time(info.startMillis()) + ", " + lasted(end - info.startMillis()));
        line(out, "parallelism", Integer.toString(info.parallelism()));
        line(
                out,
                "restarts",
                info.restarts() + (info.failure() == null ? "" : ", the latest failure: " + info.failure()));
        line(out, "restored from", info.restoredFrom());
        line(out, "checkpoints", info.checkpoints() + " completed, " + info.failedCheckpoints() + " failed");
        LatestCheckpoint latest = job.latestCheckpoint();
        if (latest != null) {
            line(
                    out,
                    "latest",
                    latest.id() + " at " + JobCommands.time(latest.endMillis())
                            + (latest.location() == null ? "" : ", " + latest.location()));
        }
        line(out, "process", Long.toString(pid));
        line(out, "web", info.url());
        out.println();
        Table table = new Table("VERTEX", "PARALLELISM", "SUBTASKS");
        for (InfoOfVertex vertex : info.vertices()) {
            table.add(vertex.name(), vertex.parallelism(), states(vertex.states()));
        }
        table.print(out);
    }

    private static void line(PrintStream out, String name, @Nullable String value) {
        out.printf("%-14s %s%n", name, value == null ? "-" : value.replaceAll("\\p{Cntrl}", " "));
    }

    private static String states(Map<String, Integer> states) {
        return states.entrySet().stream()
                .map(state -> state.getValue() + " " + state.getKey())
                .collect(Collectors.joining(", "));
    }

    /** To the second, in the largest units. */
    static String lasted(long millis) {
        Duration whole = Duration.ofSeconds(millis / 1000);
        String text = "";
        if (whole.toDays() > 0) {
            text += whole.toDays() + " d ";
        }
        if (whole.toHours() > 0) {
            text += whole.toHoursPart() + " h ";
        }
        if (whole.toMinutes() > 0) {
            text += whole.toMinutesPart() + " min ";
        }
        return text + whole.toSecondsPart() + " s";
    }
}
