/** What the system's code means, in words. */
export function whyNot(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'it is in use'
    case 'EACCES':
    case 'EPERM':
      return 'permission denied'
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name does not resolve'
    case 'ECONNRESET':
      return 'the connection was reset at once'
    case 'ECONNREFUSED':
      return 'nobody listens there'
    case 'ENOENT':
      return 'there is no such path'
    case 'ENOTDIR':
      return 'a part of its path is no directory'
    case 'EROFS':
      return 'the file system takes no changes'
    case 'EMFILE':
    case 'ENFILE':
      return 'out of file descriptors'
    case 'ETIMEDOUT':
      return 'no answer'
    default:
      return error.message
  }
}
