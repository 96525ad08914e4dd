package dev.weir.cli;

import dev.weir.cli.control.Views.Checkpoint;
import dev.weir.cli.control.Views.CheckpointRows;
import dev.weir.cli.control.Views.Checkpoints;
import dev.weir.cli.control.Views.Measure;
import dev.weir.cli.control.Views.Subtask;
import dev.weir.cli.control.Views.Vertex;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;

/** What {@code weir checkpoints} prints. */
final class CheckpointTables {
    private static final String MILLIS = "Millis";
    private static final String BYTES = "Bytes";
    private static final String[] UNITS = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};

    private record Row(String name, ToLongFunction<Measure> value) {}

    private static final List<Row> FIGURES = List.of(
            new Row("min", Measure::min),
            new Row("avg", Measure::avg),
            new Row("max", Measure::max),
            new Row("p50", figures -> Math.round(figures.p50())),
            new Row("p90", figures -> Math.round(figures.p90())),
            new Row("p95", figures -> Math.round(figures.p95())),
            new Row("p99", figures -> Math.round(figures.p99())),
            new Row("p99.9", figures -> Math.round(figures.p999())));

    private CheckpointTables() {}

    /** A row for each checkpoint of the history, and figures over all completed ones. */
    static void print(Checkpoints checkpoints, PrintStream out) {
        out.println("completed " + checkpoints.completed() + ", failed " + checkpoints.failed() + ", in progress "
                + checkpoints.inProgress() + ", restored " + checkpoints.restored());
        if (!checkpoints.history().isEmpty()) {
            out.println();
            Collection<String> measures = checkpoints.summary().keySet();
            Table table = new Table(
                    titles(List.of("ID", "KIND", "STATUS", "TRIGGERED", "ACKS"), measures, "PATH OR FAILURE"));
            checkpoints.history().forEach(each -> table.add(row(each, measures)));
            table.print(out);
        }
        if (checkpoints.completed() > 0) {
            out.println();
            Table table =
                    new Table(titles(List.of("COMPLETED"), checkpoints.summary().keySet()));
            figures(table, checkpoints.summary(), checkpoints.summary().keySet());
            table.print(out);
        }
    }

    private static Object[] row(Checkpoint checkpoint, Collection<String> measures) {
        List<Object> cells = new ArrayList<>(List.of(
                checkpoint.id(),
                words(checkpoint.kind()),
                words(checkpoint.status()),
                JobCommands.time(checkpoint.triggerMillis()),
                checkpoint.acknowledged() + "/" + checkpoint.subtasks()));
        measures.forEach(name -> cells.add(value(name, checkpoint.measures().getOrDefault(name, -1L))));
        String why = checkpoint.failure() == null ? checkpoint.location() : checkpoint.failure();
        cells.add(why == null ? "-" : why);
        return cells.toArray();
    }

    /** For each vertex a row for each subtask that has acknowledged, and figures over them. */
    static void print(CheckpointRows rows, PrintStream out) {
        Checkpoint checkpoint = rows.checkpoint();
        out.println(words(checkpoint.kind()) + " " + checkpoint.id() + ", " + words(checkpoint.status())
                + ", triggered " + JobCommands.time(checkpoint.triggerMillis()));
        for (Vertex vertex : rows.vertices()) {
            out.println();
            out.println(vertex.name() + ", " + vertex.subtasks().size() + " of " + vertex.parallelism()
                    + " subtasks have acknowledged");
            if (vertex.subtasks().isEmpty()) {
                continue;
            }
            Collection<String> measures = vertex.subtasks().get(0).measures().keySet();
            Table table = new Table(titles(List.of("SUBTASK"), measures));
            for (Subtask subtask : vertex.subtasks()) {
                List<Object> cells = new ArrayList<>();
                cells.add((subtask.index() + 1)
                        + (subtask.finished() ? " finished" : "")
                        + (subtask.unaligned() ? " unaligned" : ""));
                measures.forEach(
                        name -> cells.add(value(name, subtask.measures().getOrDefault(name, -1L))));
                table.add(cells.toArray());
            }
            figures(table, vertex.summary(), measures);
            table.print(out);
        }
    }

    private static void figures(Table table, Map<String, Measure> figures, Collection<String> measures) {
        for (Row row : FIGURES) {
            List<Object> cells = new ArrayList<>();
            cells.add(row.name());
            for (String name : measures) {
                Measure measure = figures.get(name);
                cells.add(measure == null ? "-" : value(name, row.value().applyAsLong(measure)));
            }
            table.add(cells.toArray());
        }
    }

    private static String[] titles(List<String> before, Collection<String> measures, String... after) {
        List<String> titles = new ArrayList<>(before);
        for (String name : measures) {
            titles.add(name.replaceAll(MILLIS + "$|" + BYTES + "$", "")
                    .replaceAll("(\\p{Lu})", " $1")
                    .toUpperCase(Locale.ROOT));
        }
        titles.addAll(List.of(after));
        return titles.toArray(String[]::new);
    }

    private static String words(String constant) {
        return constant.toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String value(String name, long value) {
        return value < 0 ? "-" : name.endsWith(BYTES) ? bytes(value) : value + " ms";
    }

    static String bytes(long bytes) {
        int unit = 0;
        double value = bytes;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
    }
}
