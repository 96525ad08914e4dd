package dev.weir.engine.task;

/**
 * Names one attempt of one parallel instance of a vertex.
 *
 * @param vertex index of the vertex in its dataflow
 * @param vertexName name for people, such as {@code Source: orders -> Map}
 * @param index 0-based subtask index
 * @param parallelism number of subtasks of the vertex
 * @param attempt 0 for the first execution, one more for each restart
 */
public record SubtaskId(int vertex, String vertexName, int index, int parallelism, int attempt) {

    /** As Flink writes it: {@code name (index+1/parallelism)#attempt}. */
    @Override
    public String toString() {
        return vertexName + " (" + (index + 1) + "/" + parallelism + ")#" + attempt;
    }
}
