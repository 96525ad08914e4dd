package dev.weir.bench.result;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A report as Markdown. */
public final class Table {
    private static final String NONE = "–";
    private static final List<String> HEAD = List.of(
            "job", "reuse", "Flink M/s", "Weir M/s", "rate", "CPU", "Flink MB", "Weir MB", "limit M/s", "of the limit");
    private static final List<String> BASE_HEAD =
            List.of("job", "reuse", "base M/s", "Weir M/s", "rate", "base CPU s/M", "Weir CPU s/M", "CPU");
    private static final List<String> QUANTILES = List.of("p50", "p99", "p99.99", "max");
    private static final List<String> LATENCY_HEAD =
            List.of("job", "on", "reuse", "p50 ms", "p99 ms", "p99.99 ms", "max ms", "CPUs");

    private final Report report;
    private final Set<String> windowed;

    /**
     * @param windowed the names of the jobs with windows and joins, which have an average of their own
     */
    public Table(Report report, Set<String> windowed) {
        this.report = report;
        this.windowed = windowed;
    }

    /** A table of rates with their averages, and one of latencies, each if there are any. */
    public String markdown() {
        StringBuilder text = new StringBuilder();
        List<Row> rows = rows();
        if (!rows.isEmpty()) {
            rates(text, rows);
        }
        if (rows.stream().anyMatch(row -> row.has(Contender.BASE))) {
            text.append("\n");
            baseline(text, rows);
        }
        if (report.runs().stream().anyMatch(Run::isPaced)) {
            text.append(rows.isEmpty() ? "" : "\n");
            latencies(text);
        }
        return text.toString();
    }

    private void rates(StringBuilder text, List<Row> rows) {
        line(text, HEAD);
        line(text, HEAD.stream().map(Table::alignment).toList());
        for (Row row : rows) {
            line(text, row.cells());
        }
        for (boolean reuse : new boolean[] {false, true}) {
            List<Row> some = rows.stream().filter(row -> row.reuse == reuse).toList();
            mean(text, "all jobs", reuse, some);
            mean(
                    text,
                    "windows and joins",
                    reuse,
                    some.stream().filter(row -> windowed.contains(row.job)).toList());
        }
    }

    private static void baseline(StringBuilder text, List<Row> rows) {
        line(text, BASE_HEAD);
        line(text, BASE_HEAD.stream().map(Table::alignment).toList());
        rows.stream().filter(row -> row.has(Contender.BASE)).forEach(row -> line(text, row.besideBase()));
    }

    private void latencies(StringBuilder text) {
        line(text, LATENCY_HEAD);
        line(text, LATENCY_HEAD.stream().map(Table::alignment).toList());
        report.runs().stream()
                .filter(Run::isPaced)
                .collect(Collectors.groupingBy(
                        run -> List.of(run.job(), run.contender().key(), reuse(run)),
                        LinkedHashMap::new,
                        Collectors.toList()))
                .forEach((cells, runs) -> {
                    List<String> row = new ArrayList<>(cells);
                    QUANTILES.forEach(quantile -> row.add(
                            Spread.of(runs, run -> run.latencyMillis(quantile)).text()));
                    row.add(Spread.of(runs, run -> run.steadyCpuSeconds() / run.steadySeconds())
                            .text());
                    line(text, row);
                });
    }

    private static String alignment(String column) {
        return column.equals("job") ? "---" : "---:";
    }

    private static String reuse(Run run) {
        return !run.contender().isEngine() ? NONE : run.reuse() ? "on" : "off";
    }

    private List<Row> rows() {
        Map<String, List<Run>> byJob = report.runs().stream()
                .filter(run -> !run.isPaced())
                .collect(Collectors.groupingBy(Run::job, LinkedHashMap::new, Collectors.toList()));
        List<Row> rows = new ArrayList<>();
        byJob.forEach((job, runs) -> {
            for (boolean reuse : new boolean[] {false, true}) {
                List<Run> some = runs.stream()
                        .filter(run -> !run.contender().isEngine() || run.reuse() == reuse)
                        .toList();
                if (some.stream().anyMatch(run -> run.contender().isEngine()) || (!reuse && runs.equals(some))) {
                    rows.add(new Row(job, reuse, some));
                }
            }
        });
        return rows;
    }

    private static void mean(StringBuilder text, String what, boolean reuse, List<Row> rows) {
        Optional<Double> rate = geometricMean(rows, Row::rateRatio);
        if (rate.isEmpty()) {
            return;
        }
        line(
                text,
                List.of(
                        "**geometric mean, " + what + "**",
                        reuse ? "on" : "off",
                        "",
                        "",
                        times(rate),
                        times(geometricMean(rows, Row::cpuRatio)),
                        "",
                        "",
                        "",
                        percent(geometricMean(rows, Row::shareOfLimit))));
    }

    private static Optional<Double> geometricMean(List<Row> rows, ToOptional figure) {
        List<Double> figures =
                rows.stream().map(figure::of).flatMap(Optional::stream).toList();
        return figures.isEmpty()
                ? Optional.empty()
                : Optional.of(Math.exp(
                        figures.stream().mapToDouble(Math::log).average().orElseThrow()));
    }

    private static void line(StringBuilder text, List<String> cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    private static String times(Optional<Double> ratio) {
        return ratio.map(value -> String.format(Locale.ROOT, "%.1fx", value)).orElse(NONE);
    }

    /** Two builds of one engine are close to each other. */
    private static String finely(Optional<Double> ratio) {
        return ratio.map(value -> String.format(Locale.ROOT, "%.2fx", value)).orElse(NONE);
    }

    private static String percent(Optional<Double> share) {
        return share.map(value -> String.format(Locale.ROOT, "%.0f %%", value * 100))
                .orElse(NONE);
    }

    @FunctionalInterface
    private interface ToOptional {
        Optional<Double> of(Row row);
    }

    /** A job in one mode. */
    private static final class Row {
        private final String job;
        private final boolean reuse;
        private final Map<Contender, List<Run>> runs;

        Row(String job, boolean reuse, List<Run> runs) {
            this.job = job;
            this.reuse = reuse;
            this.runs = runs.stream().collect(Collectors.groupingBy(Run::contender));
        }

        private @Nullable Spread spread(Contender contender, ToDoubleFunction<Run> figure) {
            List<Run> some = runs.get(contender);
            return some == null ? null : Spread.of(some, figure);
        }

        private Optional<Double> ratio(Contender above, Contender below, ToDoubleFunction<Run> figure) {
            Spread a = spread(above, figure);
            Spread b = spread(below, figure);
            return a == null || b == null ? Optional.empty() : Optional.of(a.median() / b.median());
        }

        Optional<Double> rateRatio() {
            return ratio(Contender.WEIR, Contender.FLINK, Run::rate);
        }

        Optional<Double> cpuRatio() {
            return ratio(Contender.FLINK, Contender.WEIR, Run::cpuSecondsPerMillion);
        }

        Optional<Double> shareOfLimit() {
            return ratio(Contender.WEIR, Contender.LIMIT, Run::rate);
        }

        private String rate(Contender contender) {
            Spread spread = spread(contender, run -> run.rate() / 1e6);
            return spread == null ? NONE : spread.text();
        }

        private String megabytes(Contender contender) {
            Spread spread = spread(contender, Run::peakResidentBytes);
            return spread == null ? NONE : String.format(Locale.ROOT, "%.0f", spread.median() / 1e6);
        }

        boolean has(Contender contender) {
            return runs.containsKey(contender);
        }

        List<String> besideBase() {
            return List.of(
                    job,
                    reuse ? "on" : "off",
                    rate(Contender.BASE),
                    rate(Contender.WEIR),
                    finely(ratio(Contender.WEIR, Contender.BASE, Run::rate)),
                    cpu(Contender.BASE),
                    cpu(Contender.WEIR),
                    finely(ratio(Contender.BASE, Contender.WEIR, Run::cpuSecondsPerMillion)));
        }

        private String cpu(Contender contender) {
            Spread spread = spread(contender, Run::cpuSecondsPerMillion);
            return spread == null ? NONE : spread.text();
        }

        List<String> cells() {
            return List.of(
                    job,
                    reuse ? "on" : "off",
                    rate(Contender.FLINK),
                    rate(Contender.WEIR),
                    times(rateRatio()),
                    times(cpuRatio()),
                    megabytes(Contender.FLINK),
                    megabytes(Contender.WEIR),
                    rate(Contender.LIMIT),
                    percent(shareOfLimit()));
        }
    }
}
