package dev.weir.server;

import dev.weir.flink.metric.MetricCatalog;
import dev.weir.flink.metric.PrometheusText;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Executor;

/** Answers {@code /metrics} with all metrics of the process, as Prometheus asks for them. Thread-safe. */
final class PrometheusPage extends TextPage {
    private final MetricCatalog catalog;

    /** @param executor reads the metrics, some of which are users' code */
    PrometheusPage(MetricCatalog catalog, Executor executor) {
        super("/metrics", executor);
        this.catalog = catalog;
    }

    @Override
    Answer answer(Map<String, String> parts) throws IOException {
        StringBuilder text = new StringBuilder();
        PrometheusText.write(catalog, text);
        return Answer.of(PrometheusText.CONTENT_TYPE, text.toString());
    }
}
