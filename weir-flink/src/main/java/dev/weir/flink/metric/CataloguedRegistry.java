package dev.weir.flink.metric;

import org.apache.flink.events.EventBuilder;
import org.apache.flink.metrics.Metric;
import org.apache.flink.runtime.metrics.MetricRegistry;
import org.apache.flink.runtime.metrics.groups.AbstractMetricGroup;
import org.apache.flink.runtime.metrics.scope.ScopeFormats;
import org.apache.flink.traces.SpanBuilder;

/** A registry that also enters what it is given into a catalog. Thread-safe. */
record CataloguedRegistry(MetricRegistry registry, MetricCatalog catalog) implements MetricRegistry {

    @Override
    public void register(Metric metric, String metricName, AbstractMetricGroup<?> group) {
        catalog.add(metric, metricName, group);
        registry.register(metric, metricName, group);
    }

    @Override
    public void unregister(Metric metric, String metricName, AbstractMetricGroup<?> group) {
        catalog.remove(metricName, group);
        registry.unregister(metric, metricName, group);
    }

    @Override
    public char getDelimiter() {
        return registry.getDelimiter();
    }

    @Override
    public int getNumberReporters() {
        return registry.getNumberReporters();
    }

    @Override
    public void addSpan(SpanBuilder spanBuilder, AbstractMetricGroup<?> group) {
        registry.addSpan(spanBuilder, group);
    }

    @Override
    public void addEvent(EventBuilder eventBuilder, AbstractMetricGroup<?> group) {
        registry.addEvent(eventBuilder, group);
    }

    @Override
    public ScopeFormats getScopeFormats() {
        return registry.getScopeFormats();
    }
}
