package dev.weir.flink.session;

import org.apache.flink.runtime.OperatorIDPair;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.streaming.api.graph.StreamingJobGraphGenerator;

/** Finds an operator's id by the uid that a program gave it. Stateless. */
final class OperatorUids {
    private OperatorUids() {}

    /** An operator of the job whose uid, or id in hexadecimal, is the given one; else the id that Flink derives of the uid. */
    static OperatorID find(JobGraph graph, String uid) {
        for (JobVertex vertex : graph.getVertices()) {
            for (OperatorIDPair ids : vertex.getOperatorIDs()) {
                OperatorID id = ids.getGeneratedOperatorID();
                if (uid.equals(ids.getUserDefinedOperatorUid()) || uid.equals(id.toHexString())) {
                    return id;
                }
            }
        }
        return StreamingJobGraphGenerator.generateOperatorID(uid);
    }
}
