/** A type of DreamFactory that will not be served, and why: the source of the list in the documentation. */
export interface NeverServiceType {
  readonly name: string;
  readonly label: string;
  readonly group: string;
  readonly reason: string;
}

const NO_PUBLIC_CODE = 'Its behaviour is not public, so that compatibility could not be checked.';
const NO_FREE_DRIVER = "There is no freely licensed driver for Node.js that runs without the vendor's client software.";

export const neverServiceTypes: readonly NeverServiceType[] = Object.freeze([
  { name: 'apache_hive', label: 'Apache Hive', group: 'Big Data', reason: NO_PUBLIC_CODE },
  { name: 'databricks', label: 'Databricks', group: 'Big Data', reason: NO_PUBLIC_CODE },
  { name: 'dremio', label: 'Dremio', group: 'Big Data', reason: NO_PUBLIC_CODE },
  { name: 'excel', label: 'Excel Service', group: 'Excel', reason: NO_PUBLIC_CODE },
  { name: 'hadoop_hdfs', label: 'Hadoop HDFS', group: 'File', reason: NO_PUBLIC_CODE },
  { name: 'hana', label: 'SAP HANA', group: 'Big Data', reason: NO_FREE_DRIVER },
  { name: 'ibmdb2', label: 'IBM DB2', group: 'Database', reason: NO_FREE_DRIVER },
  { name: 'informix', label: 'IBM Informix', group: 'Database', reason: NO_FREE_DRIVER },
  { name: 'memsql', label: 'MemSQL', group: 'Database', reason: 'It speaks the protocol of MySQL: use a service of type mysql.' },
  { name: 'sqlanywhere', label: 'SAP SQL Anywhere', group: 'Database', reason: NO_FREE_DRIVER },
]);
