package dev.weir.flink.metric;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.HistogramStatistics;
import org.apache.flink.metrics.Meter;
import org.apache.flink.metrics.Metric;

/**
 * All metrics in the text format of Prometheus (version 0.0.4), with the names, labels and values of Flink's
 * {@code PrometheusReporter}: {@code flink_}, the logical scope, the name; a label for each variable of the scope.
 * Counters, meters and gauges are gauges, histograms summaries; a gauge that is no number is 0.
 */
public final class PrometheusText {
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final double[] QUANTILES = {.5, .75, .95, .98, .99, .999};

    private PrometheusText() {}

    private record Family(String type, String help, List<MetricCatalog.Entry> entries) {}

    /** Writes every metric, by name. Calls the user's gauges; one that throws is left out. */
    public static void write(MetricCatalog catalog, Appendable out) throws IOException {
        Map<String, Family> families = new TreeMap<>();
        for (MetricCatalog.Entry entry : catalog.entries()) {
            String scope = entry.group().getLogicalScope(PrometheusText::allowed, '_');
            String type = entry.metric() instanceof Histogram ? "summary" : "gauge";
            Family family = families.computeIfAbsent(
                    "flink_" + scope + "_" + allowed(entry.name()),
                    name -> new Family(type, entry.name() + " (scope: " + scope + ")", new ArrayList<>()));
            // a name has one type; of two user metrics that clash, Prometheus can take one only
            if (family.type().equals(type)) {
                family.entries().add(entry);
            }
        }
        for (Map.Entry<String, Family> named : families.entrySet()) {
            write(named.getKey(), named.getValue(), out);
        }
    }

    private static void write(String name, Family family, Appendable out) throws IOException {
        out.append("# HELP ")
                .append(name)
                .append(' ')
                .append(helpEscaped(family.help()))
                .append('\n');
        out.append("# TYPE ").append(name).append(' ').append(family.type()).append('\n');
        for (MetricCatalog.Entry entry : family.entries()) {
            String labels = labels(entry);
            StringBuilder lines = new StringBuilder();
            try {
                if (entry.metric() instanceof Histogram histogram) {
                    summary(name, labels, histogram, lines);
                } else {
                    line(name, labels, value(entry.metric()), lines);
                }
            } catch (RuntimeException e) {
                // the user's gauge
                continue;
            }
            out.append(lines);
        }
    }

    private static void summary(String name, String labels, Histogram histogram, StringBuilder lines) {
        line(name + "_count", labels, (double) histogram.getCount(), lines);
        HistogramStatistics figures = histogram.getStatistics();
        for (double quantile : QUANTILES) {
            line(name, labels + "quantile=\"" + quantile + "\",", figures.getQuantile(quantile), lines);
        }
    }

    private static void line(String name, String labels, double value, StringBuilder lines) {
        lines.append(name);
        if (!labels.isEmpty()) {
            lines.append('{').append(labels).append('}');
        }
        lines.append(' ').append(printed(value)).append('\n');
    }

    private static double value(Metric metric) {
        if (metric instanceof Counter counter) {
            return (double) counter.getCount();
        } else if (metric instanceof Meter meter) {
            return meter.getRate();
        }
        Object value = ((Gauge<?>) metric).getValue();
        if (value instanceof Boolean flag) {
            return flag ? 1 : 0;
        }
        return value instanceof Number number ? number.doubleValue() : 0;
    }

    private static String labels(MetricCatalog.Entry entry) {
        StringBuilder labels = new StringBuilder();
        entry.group().getAllVariables().forEach((key, value) -> labels.append(
                        allowed(key.substring(1, key.length() - 1)))
                .append("=\"")
                .append(allowed(value))
                .append("\","));
        return labels.toString();
    }

    private static String printed(double value) {
        if (value == Double.POSITIVE_INFINITY) {
            return "+Inf";
        }
        return value == Double.NEGATIVE_INFINITY ? "-Inf" : Double.toString(value);
    }

    private static String helpEscaped(String help) {
        return help.replace("\\", "\\\\").replace("\n", "\\n");
    }

    /** The characters of names and labels. */
    private static String allowed(String text) {
        StringBuilder result = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            result.append(letter || (c >= '0' && c <= '9') || c == ':' ? c : '_');
        }
        return result.toString();
    }
}
